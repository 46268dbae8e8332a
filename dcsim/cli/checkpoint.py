"""``dcsim checkpoint``: keep the world as it is, go back to it, or branch off from it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dcsim.cli import options

app = typer.Typer()
Name = Annotated[str, typer.Argument(help="The checkpoint's name.")]


@app.callback()
def checkpoint() -> None:
    """Checkpoints of the running world."""


@app.command()
def take(name: Name, config: options.ConfigFile = None, data_dir: options.DataDirectory = None, as_json: options.AsJson = False) -> None:
    """Keep the world as it is now."""
    from dcsim.cli.engine import EngineClient

    _print([EngineClient(data_dir, config).post("checkpoints", body={"name": name})], as_json=as_json)


@app.command("list")
def list_checkpoints(config: options.ConfigFile = None, data_dir: options.DataDirectory = None, as_json: options.AsJson = False) -> None:
    """All checkpoints."""
    from dcsim.cli.engine import EngineClient

    _print(EngineClient(data_dir, config).get("checkpoints"), as_json=as_json)


@app.command()
def restore(name: Name, config: options.ConfigFile = None, data_dir: options.DataDirectory = None) -> None:
    """Bring the world back to a checkpoint; its machines follow."""
    from dcsim.cli.engine import EngineClient

    EngineClient(data_dir, config).post("checkpoints", name, "restore")


@app.command()
def fork(
    name: Name,
    to: Annotated[str, typer.Argument(help="A name for the new world.")],
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
) -> None:
    """Make a world of its own from a checkpoint, with simulated machines; prints its data directory."""
    from dcsim.cli.engine import EngineClient

    typer.echo(EngineClient(data_dir, config).post("checkpoints", name, "fork", body={"name": to})["data_dir"])


@app.command()
def remove(name: Name, config: options.ConfigFile = None, data_dir: options.DataDirectory = None) -> None:
    """Delete a checkpoint."""
    from dcsim.cli.engine import EngineClient

    EngineClient(data_dir, config).delete("checkpoints", name)


def _print(checkpoints: list[dict[str, Any]], *, as_json: bool) -> None:
    from dcsim.cli.output import print_json, print_table

    if as_json:
        print_json(checkpoints)
        return
    rows = [[one["name"], str(one["sequence"]), one["taken"], f"{one['size_bytes'] >> 10} KiB"] for one in checkpoints]
    print_table(["CHECKPOINT", "SEQUENCE", "TAKEN", "SIZE"], rows)
