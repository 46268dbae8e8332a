"""``dcsim cmdb export``, ``inventory`` and ``inventory-plugin``: what the CMDB holds, for other tools."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from dcsim.cli import options
from dcsim.errors import OperationalError

STEP = 1 << 20
"""Bytes between two signs of progress."""


class ExportFormat(StrEnum):
    """The formats of exports."""

    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    GRAPHML = "graphml"
    CYPHER = "cypher"
    DOT = "dot"


class Table(StrEnum):
    """The tables of CSV."""

    CIS = "cis"
    RELATIONS = "relations"


def export(  # noqa: PLR0913, PLR0917 - each parameter is an option
    form: Annotated[ExportFormat, typer.Option("--format", "-f", help="Of which tool.")] = ExportFormat.JSON,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of the terminal.")] = None,
    what: Annotated[Table, typer.Option(help="The table, of CSV.")] = Table.CIS,
    cls: Annotated[str, typer.Option("--class", help="Only CIs of this class, or below it.")] = "CI",
    tag: Annotated[str, typer.Option(help="Only CIs with this tag.")] = "",
    text: Annotated[str, typer.Option(help="Only CIs with every word of this text.")] = "",
    around: Annotated[str, typer.Option(help="Only what is near the CI of this uid.")] = "",
    depth: Annotated[int, typer.Option(help="How many relations away, at most.")] = 1,
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
) -> None:
    """Write the graph, or a part of it, for another tool."""
    from dcsim.cli.cmdb_client import CmdbClient

    query = {"format": form.value, "class": cls, "tag": tag, "text": text}
    query |= {"what": what.value} if form is ExportFormat.CSV else {}
    query |= {"around": around, "depth": str(depth)} if around else {}
    pieces = CmdbClient(data_dir, config).read("/cmdb/export", query)
    if output is None:
        _copy(pieces, sys.stdout.buffer, quiet=True)
        return
    part = output.with_name(f".{output.name}.part")
    try:
        with part.open("wb") as file:
            size = _copy(pieces, file, quiet=not sys.stderr.isatty())
        part.replace(output)
    except OSError as error:
        raise OperationalError(f"{output} cannot be written: {error.strerror}. Choose another with --output.") from error
    finally:
        part.unlink(missing_ok=True)
    typer.echo(f"Wrote {output}: {size:,} bytes.", err=True)


def inventory(
    listing: Annotated[bool, typer.Option("--list", help="All groups, and all hosts with their variables.")] = False,
    host: Annotated[str, typer.Option("--host", help="The variables of this host.")] = "",
    config: options.ConfigFile = None,
    data_dir: options.DataDirectory = None,
) -> None:
    """The graph as a dynamic Ansible inventory, as its scripts answer."""
    import json

    from dcsim.cli.cmdb_client import CmdbClient

    if listing == bool(host):
        raise typer.BadParameter("Give either --list or --host NAME.")
    pieces = CmdbClient(data_dir, config).read("/cmdb/ansible/inventory", {})
    if listing:
        _copy(pieces, sys.stdout.buffer, quiet=True)
        return
    known = json.loads(b"".join(pieces))["_meta"]["hostvars"]
    if host not in known:
        raise OperationalError(f"The inventory has no host {host!r}; `dcsim cmdb inventory --list` has them all.")
    typer.echo(json.dumps(known[host]))


def inventory_plugin(
    collection: Annotated[bool, typer.Option("--collection", help="The collection that it is in, for ansible-galaxy to install.")] = False,
) -> None:
    """Print the folder of the Ansible inventory plugin:  export ANSIBLE_INVENTORY_PLUGINS="$(dcsim cmdb inventory-plugin)"."""
    from importlib.util import find_spec

    found = find_spec("cmdb.ansible")
    if found is None or found.origin is None:
        raise OperationalError("The CMDB is not installed here, and so neither is its inventory plugin.")
    folder = Path(found.origin).parent / "collection"
    typer.echo(folder if collection else folder / "plugins" / "inventory")


def _copy(pieces: Iterator[bytes], to: BinaryIO, *, quiet: bool) -> int:
    """Write all pieces; says how far it is on stderr.  Answers how many bytes there were."""
    size = said = 0
    for piece in pieces:
        to.write(piece)
        size += len(piece)
        if not quiet and size - said >= STEP:
            said = size
            typer.echo(f"\r{size >> 20} MiB", err=True, nl=False)
    if said:
        typer.echo("\r", err=True, nl=False)
    to.flush()
    return size
