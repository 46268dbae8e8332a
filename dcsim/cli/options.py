"""Options that several commands share, and the way from flags to settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dcsim.datadir import DataDir, RunState
    from dcsim.settings import Settings

ConfigFile = Annotated[Path | None, typer.Option("--config", help="Settings file; by default ./dcsim.toml.", envvar="DCSIM_CONFIG")]
DataDirectory = Annotated[Path | None, typer.Option("--data-dir", help="Where everything is kept; by default ~/.local/state/dcsim.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

WORLD = "World"
MACHINES = "Machines"
NETWORK = "Network"

Host = Annotated[str | None, typer.Option(help="Address to listen on.", rich_help_panel=NETWORK)]
Demo = Annotated[bool | None, typer.Option("--demo", help="Use the vendors' well-known passwords (loopback addresses only).")]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error.")]
BusUrl = Annotated[str | None, typer.Option(help="Redis or Valkey to use instead of a private one.", rich_help_panel=NETWORK)]

Preset = Annotated[str | None, typer.Option(help="small, medium or large.", rich_help_panel=WORLD)]
Seed = Annotated[int | None, typer.Option(help="Same seed, same datacenter.", rich_help_panel=WORLD)]
Hosts = Annotated[int | None, typer.Option(help="Hosts instead of the preset's.", rich_help_panel=WORLD)]
Vms = Annotated[int | None, typer.Option(help="VMs instead of the preset's.", rich_help_panel=WORLD)]
Inventory = Annotated[Path | None, typer.Option(help="YAML inventory instead of a generated one.", rich_help_panel=WORLD)]
Timing = Annotated[str | None, typer.Option(help="instant, demo or realistic.", rich_help_panel=WORLD)]

MachinesBackend = Annotated[str | None, typer.Option("--machines", help="auto, docker or simulated.", rich_help_panel=MACHINES)]
Containers = Annotated[
    str | None, typer.Option(help="VMs that get a container: all, a number, or a selector like app=shop.", rich_help_panel=MACHINES)
]
DockerHost = Annotated[str | None, typer.Option(help="URL of the Docker engine.", rich_help_panel=MACHINES)]

PortEngine = Annotated[int | None, typer.Option("--port-engine", help="0 takes any free one.", rich_help_panel=NETWORK)]
PortCmdb = Annotated[int | None, typer.Option("--port-cmdb", rich_help_panel=NETWORK)]
PortVsphere = Annotated[int | None, typer.Option("--port-vsphere", rich_help_panel=NETWORK)]
PortOpenstack = Annotated[int | None, typer.Option("--port-openstack", rich_help_panel=NETWORK)]
PortUcsHttp = Annotated[int | None, typer.Option("--port-ucs-http", rich_help_panel=NETWORK)]
PortUcsHttps = Annotated[int | None, typer.Option("--port-ucs-https", rich_help_panel=NETWORK)]
PortGateway = Annotated[int | None, typer.Option("--port-gateway", rich_help_panel=NETWORK)]

_FLAGS = {
    "data_dir": "data_dir",
    "host": "host",
    "demo": "security.demo",
    "log_level": "telemetry.log_level",
    "bus_url": "bus.url",
    "preset": "world.preset",
    "seed": "world.seed",
    "hosts": "world.hosts",
    "vms": "world.vms",
    "inventory": "world.inventory",
    "timing": "world.timing",
    "machines": "machines.backend",
    "containers": "machines.containers",
    "docker_host": "machines.docker_host",
    "port_engine": "ports.engine",
    "port_cmdb": "ports.cmdb",
    "port_vsphere": "ports.vsphere",
    "port_openstack": "ports.openstack",
    "port_ucs_http": "ports.ucs_http",
    "port_ucs_https": "ports.ucs_https",
    "port_gateway": "ports.gateway",
}
"""Which setting each parameter of a command sets."""


def settings_from(parameters: dict[str, Any]) -> Settings:
    """The effective settings, given a command's parameters (``locals()`` at its top); ``config`` names the file."""
    from dcsim.settings import load_settings

    flags: dict[str, Any] = {}
    for parameter, setting in _FLAGS.items():
        value = parameters.get(parameter)
        if value is not None:
            *sections, key = setting.split(".")
            table = flags
            for section in sections:
                table = table.setdefault(section, {})
            table[key] = value
    return load_settings(file=parameters.get("config"), flags=flags)


def running(data_dir: Path | None, config: Path | None) -> tuple[Settings, DataDir, RunState]:
    """The dc-sim that runs with that data directory.  Raises OperationalError when none does, or it still starts."""
    from dcsim.datadir import DataDir
    from dcsim.errors import OperationalError

    settings = settings_from({"data_dir": data_dir, "config": config})
    directory = DataDir(settings.data_dir)
    state = directory.state()
    if state is None:
        holder = directory.holder()
        if holder is not None:
            raise OperationalError(f"dc-sim (process {holder}) is still starting; try again in a moment, or look at {directory.log}.")
        raise OperationalError(f"No dc-sim runs with the data directory {settings.data_dir}; start one with `dcsim up`.")
    return settings, directory, state
