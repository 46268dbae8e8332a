"""``dcsim up``: start the datacenter, here or in the background."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcsim.cli import options

if TYPE_CHECKING:
    from dcsim.datadir import RunState


def up(  # noqa: PLR0913, PLR0917 - every parameter is a flag
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return once everything is healthy.")] = False,
    demo: options.Demo = None,
    preset: options.Preset = None,
    seed: options.Seed = None,
    hosts: options.Hosts = None,
    vms: options.Vms = None,
    inventory: options.Inventory = None,
    timing: options.Timing = None,
    machines: options.MachinesBackend = None,
    containers: options.Containers = None,
    docker_host: options.DockerHost = None,
    host: options.Host = None,
    port_engine: options.PortEngine = None,
    port_cmdb: options.PortCmdb = None,
    port_vsphere: options.PortVsphere = None,
    port_openstack: options.PortOpenstack = None,
    port_ucs_http: options.PortUcsHttp = None,
    port_ucs_https: options.PortUcsHttps = None,
    port_gateway: options.PortGateway = None,
    bus_url: options.BusUrl = None,
    log_level: options.LogLevel = None,
    as_json: options.AsJson = False,
) -> None:
    """Start the datacenter, print where it is, and run until Ctrl-C (or return, with --detach)."""
    settings = options.settings_from(locals())
    when_ready = _print_json if as_json else _print_people
    if detach:
        from dcsim.cli.detached import start_detached

        when_ready(start_detached(settings))
    else:
        from dcsim.cli.commands import SERVICES
        from dcsim.cli.runner import run_services

        run_services(settings, settings.services or tuple(SERVICES), when_ready if as_json else _print_with_farewell)


def _print_json(state: RunState) -> None:
    from dcsim.cli.output import print_json

    print_json(state)


def _print_people(state: RunState) -> None:
    from dcsim.cli.output import console, print_endpoints

    print_endpoints(state)
    dcsim = shlex.quote(str(Path(sys.executable).with_name("dcsim")))  # another terminal need not have it in its PATH
    console().print(f'\nFor every client at once, in another terminal:  eval "$({dcsim} env)"', markup=False)


def _print_with_farewell(state: RunState) -> None:
    _print_people(state)
    typer.echo("Ctrl-C stops it.", err=True)
