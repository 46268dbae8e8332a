"""Rows of an import, from JSON and from CSV.  Other shapes (NetBox's devices, racks and VMs) become rows here, too, when they come."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from cmdb.model import class_of
from dcsim.errors import InvalidArgument, RowError

MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 200
MAX_CELL: Final = 20_000
FIELDS: Final = frozenset({"class", "uid", "name", "attributes", "tags", "relations"})
SEPARATOR: Final = ";"
"""Between the values in a cell that has several."""
FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class RowRelation(msgspec.Struct, frozen=True):
    """A relation of the row's CI: ``target`` is a uid, or the name of a CI that the relation can lead to."""

    type: str
    target: str
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class Row(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """One CI as a list states it.  Which one it is: by ``uid``, else by the identifiers of its class, else by its name."""

    cls: str = ""
    uid: str = ""
    name: str = ""
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    tags: tuple[str, ...] = ()
    relations: tuple[RowRelation, ...] = ()
    foreign: bool = False
    """Whether ``uid`` is what another CMDB calls it, which need not be known here."""


class ExportedRelation(msgspec.Struct, frozen=True):
    """A relation of an exported document."""

    source: str
    type: str
    target: str
    properties: dict[str, Any] = msgspec.field(default_factory=dict)


class Rows(msgspec.Struct, frozen=True):
    """A list; or, with ``cis`` and ``relations`` instead of ``rows``, a document that the export wrote, here or elsewhere."""

    rows: Annotated[list[dict[str, Any]], Meta(max_length=MAX_ROWS)] = msgspec.field(default_factory=list)
    format: str = ""
    revision: int = 0
    cis: Annotated[list[dict[str, Any]], Meta(max_length=MAX_ROWS)] = msgspec.field(default_factory=list)
    relations: list[ExportedRelation] = msgspec.field(default_factory=list)


Numbered = tuple[int, Row]


def rows_of_json(body: Rows) -> tuple[list[Numbered], list[RowError]]:
    """The rows that can be read, numbered from 1, and what is wrong with the others."""
    if body.cis:
        return _exported(body)
    if not body.rows:
        raise InvalidArgument("There are neither rows nor an exported document's CIs.", field="rows")
    found: list[Numbered] = []
    errors: list[RowError] = []
    for number, raw in enumerate(body.rows, 1):
        try:
            unknown = sorted(set(raw) - FIELDS)
            if unknown:
                errors.append(RowError(number, unknown[0], f"There is no field {unknown[0]!r}; attributes stand under `attributes`."))
            else:
                found.append((number, msgspec.convert(raw, Row)))
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$.")
            errors.append(RowError(number, path.rstrip("`"), f"{message}."))
    return found, errors


def _exported(body: Rows) -> tuple[list[Numbered], list[RowError]]:
    """The CIs of an exported document, each with its relations; what the export adds to tell about them is left aside."""
    related: dict[str, list[RowRelation]] = {}
    for one in body.relations:
        related.setdefault(one.source, []).append(RowRelation(one.type, one.target, one.properties))
    found: list[Numbered] = []
    errors: list[RowError] = []
    for number, raw in enumerate(body.cis, 1):
        try:
            row = msgspec.convert({name: value for name, value in raw.items() if name in FIELDS}, Row)
            found.append((number, msgspec.structs.replace(row, relations=tuple(related.get(row.uid, ())), foreign=True)))
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$.")
            errors.append(RowError(number, path.rstrip("`"), f"{message}."))
    return found, errors


def rows_of_csv(body: bytes) -> tuple[list[Numbered], list[RowError]]:
    """The same from CSV, whose first line names the columns: class, uid, name, tags, attributes, and verbs of relations.

    Raises InvalidArgument for what is no table at all.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"The table is not UTF-8: {error}.", field="body") from error
    if "\0" in text:
        raise InvalidArgument(f"The table has a NUL character in line {text[: text.index(chr(0))].count(chr(10)) + 1}.", field="body")
    lines = _lines(text)
    header = [name.strip() for name in next(lines, [])]
    _check_header(header)
    found: list[Numbered] = []
    errors: list[RowError] = []
    for number, cells in enumerate((line for line in lines if any(line)), 1):
        if number > MAX_ROWS:
            raise InvalidArgument(f"At most {MAX_ROWS} rows at once.", field="rows")
        if len(cells) != len(header):
            errors.append(RowError(number, "", f"It has {len(cells)} cells, the first line {len(header)}."))
            continue
        try:
            found.append((number, _row(dict(zip(header, cells, strict=True)))))
        except InvalidArgument as error:
            errors.append(RowError(number, error.field or "", error.message))
    return found, errors


def _lines(text: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            line = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidArgument(f"The table breaks off in line {reader.line_num}: {error}.", field="body") from error
        yield line


def _check_header(header: list[str]) -> None:
    if not header or len(header) > MAX_COLUMNS:
        raise InvalidArgument(f"The first line names 1 to {MAX_COLUMNS} columns.", field="header")
    twice = sorted({name for name in header if header.count(name) > 1 or not name})
    if twice:
        raise InvalidArgument(f"The column {twice[0]!r} is there twice, or has no name.", field="header")


def _row(cells: dict[str, str]) -> Row:
    long = [name for name, cell in cells.items() if len(cell) > MAX_CELL]
    if long:
        raise InvalidArgument(f"{long[0]}: longer than {MAX_CELL} characters.", field=long[0])
    cls = cells.pop("class", "").strip()
    own = {name: cells.pop(name, "").strip() for name in ("uid", "name")}
    tags = _several(cells.pop("tags", ""))
    verbs = {name for name in cells if name.isupper()}
    relations = tuple(RowRelation(verb, target) for verb in sorted(verbs) for target in _several(cells[verb]))
    attributes = {name: cell for name, cell in cells.items() if name not in verbs and cell.strip()}
    if cls and attributes:
        declared = class_of(cls).attributes
        attributes = {name: _typed(name, declared[name].type, cell) if name in declared else cell for name, cell in attributes.items()}
    return Row(cls=cls, uid=own["uid"], name=own["name"], attributes=dict(attributes), tags=tags, relations=relations)


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(SEPARATOR) if part.strip())


def _typed(name: str, kind: str, cell: str) -> Any:
    try:
        match kind:
            case "integer":
                return int(cell)
            case "number":
                return float(cell)
            case "boolean":
                return FLAGS[cell.strip().lower()]
            case "texts":
                return list(_several(cell))
            case _:
                return cell
    except (ValueError, KeyError) as error:
        raise InvalidArgument(f"{name}: {cell[:50]!r} is no {kind}.", field=name) from error
