"""``dcsim inventory``: generate, check and export the YAML document that says what stands in the datacenter."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dcsim.cli import options
from dcsim.errors import OperationalError

if TYPE_CHECKING:
    from emulators.world.inventory.spec import Inventory

app = typer.Typer()

JOURNAL = "journal.db"
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of the terminal.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the document as JSON instead of YAML.")]


@app.callback()
def inventory() -> None:
    """The datacenter as a YAML document: generate one, edit it, and start with ``dcsim up --inventory FILE``."""


@app.command()
def generate(
    seed: Annotated[int, typer.Option(help="Same seed, same datacenter.")] = 7,
    preset: Annotated[str, typer.Option(help="small (8 hosts, 20 VMs), medium (40, 1,000) or large (400, 10,000).")] = "small",
    hosts: Annotated[int | None, typer.Option(help="Hosts instead of the preset's.")] = None,
    vms: Annotated[int | None, typer.Option(help="VMs instead of the preset's.")] = None,
    network: Annotated[str, typer.Option(help="The block that all networks are taken from.")] = "10.77.0.0/16",
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Make an inventory from a seed."""
    from emulators.world.inventory.generate import PRESETS
    from emulators.world.inventory.generate import generate as make

    if preset not in PRESETS:
        raise typer.BadParameter(f"{preset!r} is not one of {', '.join(PRESETS)}.", param_hint="--preset")
    made = make(seed, preset, hosts=hosts, vms=vms, network_base=network)
    _write(made, output, as_json, "Made by: dcsim inventory " + shlex.join(_arguments(seed, preset, hosts, vms, network)))


def _arguments(seed: int, preset: str, hosts: int | None, vms: int | None, network: str) -> list[str]:
    given = {"--seed": seed, "--preset": preset, "--hosts": hosts, "--vms": vms, "--network": network}
    return ["generate", *(word for name, value in given.items() if value is not None for word in (name, str(value)))]


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="The inventory.")],
    as_json: options.AsJson = False,
) -> None:
    """Check an inventory; says in which line and field it is wrong."""
    from emulators.world.inventory.load import load

    summary = _summary(load(file))
    if as_json:
        from dcsim.cli.output import print_json

        print_json({"valid": True, **summary})
        return
    typer.echo(f"{file} is a valid inventory: " + ", ".join(f"{count} {what}" for what, count in summary.items()) + ".")


@app.command()
def export(
    config: options.ConfigFile = None, data_dir: options.DataDirectory = None, output: Output = None, as_json: AsJson = False
) -> None:
    """Write down the datacenter as it is now, running or not."""
    from emulators.world.inventory.export import export as exported
    from emulators.world.inventory.snapshot import read_state

    settings = options.settings_from({"config": config, "data_dir": data_dir})
    _write(exported(read_state(settings.data_dir / JOURNAL)), output, as_json, f"Exported from {settings.data_dir}")


def _summary(made: Inventory) -> dict[str, int]:
    """How many there are of what people count."""
    hosts = sum(len(cluster.hosts) for cluster in made.clusters)
    alone = {host.name for host in made.hosts} - {name for cluster in made.clusters for name in cluster.hosts}
    return {
        "sites": len(made.sites),
        "clusters": len(made.clusters),
        "hosts": hosts + len(alone),
        "datastores": len(made.datastores),
        "networks": len(made.networks),
        "vms": len(made.vms),
        "applications": len(made.applications),
    }


def _write(made: Inventory, output: Path | None, as_json: bool, comment: str) -> None:
    """The document on stdout or in a file; a line on stderr says what was written where."""
    from emulators.world.inventory.dump import dump_json, dumps

    text = dump_json(made) if as_json else dumps(made, comment)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperationalError(f"{output} cannot be written: {error.strerror}. Choose another with --output.") from error
    summary = _summary(made)
    typer.echo(f"Wrote {output}: {summary['hosts']} hosts, {summary['vms']} VMs. Start it with: dcsim up --inventory {output}", err=True)
