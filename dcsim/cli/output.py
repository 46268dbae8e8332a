"""How commands print: JSON for programs, tables for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from dcsim.datadir import RunState

PIPE_WIDTH = 200
"""Columns when the output isn't a terminal, so that URLs stay whole."""
UNBOUNDED = 100_000
"""Columns that no table needs."""


def console(*, err: bool = False) -> Console:
    """A console on stdout or stderr; colours only on a terminal without NO_COLOR."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    return Console(stderr=err, width=None if stream.isatty() else PIPE_WIDTH, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """*value* (structs, dicts, dates ...) as indented JSON on stdout."""
    import msgspec

    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2) + b"\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under a heading, on stdout.  A narrow terminal wraps long rows; nothing is cut off, for it is there to be copied."""
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for column in table.columns:
        column.no_wrap = True
    for row in rows:
        table.add_row(*row)
    out = console()
    needed = Measurement.get(out, out.options.update(max_width=UNBOUNDED), table).maximum
    out.width = max(out.width, needed)
    out.print(table)


def print_endpoints(state: RunState) -> None:
    """The endpoints with their users, and what to paste for each client."""
    endpoints = state.endpoints
    print_table(["ENDPOINT", "URL", "USER", "PASSWORD"], [[one.name, one.url, one.user or "-", one.password or "-"] for one in endpoints])
    hints = [hint for one in endpoints for hint in one.hints]
    if hints:
        out = console()
        out.print()
        for hint in hints:
            out.print(f"[bold]{hint.client}[/bold]")
            out.print(hint.command, markup=False)
