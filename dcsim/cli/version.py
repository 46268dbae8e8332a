"""``dcsim version``."""

from __future__ import annotations

import typer

from dcsim.cli import options


def version(as_json: options.AsJson = False) -> None:
    """Print the versions of dc-sim and Python."""
    import platform
    from importlib import metadata

    found = {"dcsim": metadata.version("dc-sim"), "python": platform.python_version()}
    if as_json:
        from dcsim.cli.output import print_json

        print_json(found)
    else:
        typer.echo(f"dcsim {found['dcsim']} (Python {found['python']})")
