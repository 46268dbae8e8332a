"""``dcsim clock``: the simulated time of the running datacenter."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dcsim.cli import options

app = typer.Typer()


@app.callback()
def clock() -> None:
    """The simulated clock: pause, resume, speed, step."""


@app.command()
def show(config: options.ConfigFile = None, data_dir: options.DataDirectory = None, as_json: options.AsJson = False) -> None:
    """What time it is."""
    from dcsim.cli.engine import EngineClient

    _print(EngineClient(data_dir, config).get("clock"), as_json=as_json)


@app.command()
def pause(config: options.ConfigFile = None, data_dir: options.DataDirectory = None, as_json: options.AsJson = False) -> None:
    """Stop simulated time."""
    from dcsim.cli.engine import EngineClient

    _print(EngineClient(data_dir, config).put("clock", body={"paused": True}), as_json=as_json)


@app.command()
def resume(config: options.ConfigFile = None, data_dir: options.DataDirectory = None, as_json: options.AsJson = False) -> None:
    """Let simulated time run."""
    from dcsim.cli.engine import EngineClient

    _print(EngineClient(data_dir, config).put("clock", body={"paused": False}), as_json=as_json)


@app.command()
def speed(
    factor: Annotated[float, typer.Argument(help="Simulated seconds per second.", min=1, max=1000)],
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    as_json: options.AsJson = False,
) -> None:
    """Run faster than the wall's clock."""
    from dcsim.cli.engine import EngineClient

    _print(EngineClient(data_dir, config).put("clock", body={"speed": factor}), as_json=as_json)


@app.command()
def step(
    seconds: Annotated[float, typer.Argument(help="Simulated seconds to move forward.", min=0)],
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    as_json: options.AsJson = False,
) -> None:
    """Move forward; what is due meanwhile happens now."""
    from dcsim.cli.engine import EngineClient

    _print(EngineClient(data_dir, config).post("clock", "step", body={"seconds": seconds}), as_json=as_json)


def _print(clock: dict[str, Any], *, as_json: bool) -> None:
    from dcsim.cli.output import print_json

    if as_json:
        print_json(clock)
    else:
        typer.echo(f"{clock['simulated_time']}  {'paused' if clock['paused'] else 'running'} at {clock['speed']:g}x")
