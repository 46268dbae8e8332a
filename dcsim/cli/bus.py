"""``dcsim bus``: what consumers of events are at, and what they could not process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from dcsim.cli import options

if TYPE_CHECKING:
    from dcsim.bus import Bus, DeadLetter

app = typer.Typer()
T = TypeVar("T")
Group = Annotated[str, typer.Option(help="The consumer group.")]
SHOWN = 200
"""Characters of a reason in a table."""


@app.callback()
def bus() -> None:
    """The event bus of the running datacenter."""


@app.command("dead-letters")
def dead_letters(
    group: Group = "cmdb",
    limit: Annotated[int, typer.Option(help="Show at most so many, the oldest.", min=1, max=10_000)] = 100,
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    as_json: options.AsJson = False,
) -> None:
    """Events that a group could not process, and why; `dcsim bus redrive` sends them back."""
    from dcsim.bus import dead_letters as parked
    from dcsim.cli.output import print_json, print_table

    letters = _ask(config, data_dir, lambda bus: parked.dead_letters(bus, group, limit=limit))
    if as_json:
        print_json([_shown(letter) for letter in letters])
    elif letters:
        print_table(["ID", "PARKED", "ATTEMPTS", "EVENT", "REASON"], [_row(letter) for letter in letters])
    else:
        typer.echo(f"The group {group} has no dead letters.", err=True)


@app.command()
def redrive(
    group: Group = "cmdb",
    limit: Annotated[int, typer.Option(help="Send back at most so many, the oldest.", min=1, max=100_000)] = 1000,
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
    as_json: options.AsJson = False,
) -> None:
    """Send a group its dead letters again, once the cause is gone."""
    from dcsim.bus import dead_letters as parked
    from dcsim.cli.output import print_json

    count = _ask(config, data_dir, lambda bus: parked.redrive(bus, group, limit=limit))
    if as_json:
        print_json({"group": group, "redriven": count})
    else:
        typer.echo(f"{count} events go to the group {group} again.")


def _ask(config: Path | None, data_dir: Path | None, question: Callable[[Bus], Awaitable[T]]) -> T:
    """The bus's answer: the settings' own, or the private one of the datacenter that runs."""
    from dcsim.bus import Bus
    from dcsim.valkey import PrivateValkey

    settings, _, _ = options.running(data_dir, config)
    url = settings.bus.url or PrivateValkey(settings.data_dir / "bus").url

    async def ask() -> T:
        bus = await Bus.connect(url)
        try:
            return await question(bus)
        finally:
            await bus.close()

    return asyncio.run(ask())


def _shown(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id, "group": letter.group, "stream": letter.stream, "entry": letter.entry_id, "reason": letter.reason,
        "attempts": letter.attempts, "parked": letter.parked, "body": letter.body.decode(errors="replace"),
    }  # fmt: skip


def _row(letter: DeadLetter) -> list[str]:
    return [letter.id, f"{letter.parked:%Y-%m-%d %H:%M:%S}", str(letter.attempts), _event(letter), letter.reason[:SHOWN]]


def _event(letter: DeadLetter) -> str:
    """The event's type and subject, if it is an event at all."""
    import msgspec

    from dcsim.events import decode_envelope

    try:
        event = decode_envelope(letter.body)
    except msgspec.DecodeError:
        return "not an event"
    return f"{event.type} {event.subject}"
