"""``dcsim serve NAME``: one service alone, as containers run it."""

from __future__ import annotations

from typing import Annotated

import typer

from dcsim.cli import options


def serve(
    name: Annotated[str, typer.Argument(help="The service's name, e.g. engine.")],
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    host: options.Host = None,
    demo: options.Demo = None,
    bus_url: options.BusUrl = None,
    log_level: options.LogLevel = None,
) -> None:
    """Run one service until SIGTERM.  Services on one machine need a data directory each, and one --bus-url."""
    settings = options.settings_from(locals())
    from dcsim.cli.output import print_endpoints
    from dcsim.cli.runner import run_services

    run_services(settings, [name], print_endpoints)
