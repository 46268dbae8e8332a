"""Distinguished names: taking them apart, building relative names from properties, and finding the class that a name is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from emulators.ucs.refusals import malformed
from emulators.ucs.schema.metadata import ROOT, ClassMeta, Schema

_PART: Final = re.compile(r"\[(\w+)\]")


def split(dn: str) -> list[str]:
    """The relative names of a DN, outermost first; a slash inside brackets divides nothing."""
    if "[" not in dn:
        return dn.split("/") if dn else []
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(dn):
        if letter == "[":
            depth += 1
        elif letter == "]":
            depth -= 1
        elif letter == "/" and depth <= 0:
            parts.append(dn[start:place])
            start = place + 1
    return [*parts, dn[start:]]


def parent_of(dn: str) -> str:
    """The DN of the parent; empty for what stands at the top."""
    return divide(dn)[0]


def divide(dn: str) -> tuple[str, str]:
    """The parent's DN and the relative name."""
    if "[" not in dn:
        head, _, tail = dn.rpartition("/")
        return head, tail
    parts = split(dn)
    return "/".join(parts[:-1]), parts[-1] if parts else ""


def join(parent: str, rn: str) -> str:
    """The DN of a relative name under a parent, which is empty at the top."""
    return f"{parent}/{rn}" if parent else rn


def rn_of(meta: ClassMeta, props: Mapping[str, str]) -> str:
    """The relative name that naming properties give; a Refusal when one is missing."""
    for name in meta.naming:
        if not props.get(name):
            raise malformed(f"missing naming property {name}, class {meta.id}")
    return _PART.sub(lambda match: props[match[1]], meta.rn)


def naming_of(meta: ClassMeta, rn: str) -> dict[str, str] | None:
    """The naming properties in a relative name; None when it is not of that class."""
    match = _pattern(meta.rn).fullmatch(rn)
    return None if match is None else dict(zip(meta.naming, match.groups(), strict=True))


@cache
def _pattern(rn: str) -> re.Pattern[str]:
    """What relative names of that form match; all but the last property match as little as they can."""
    parts = _PART.split(rn)
    texts = [re.escape(part) if place % 2 == 0 else "(.+?)" for place, part in enumerate(parts)]
    return re.compile("".join(texts), re.DOTALL)


def classes_at(schema: Schema, dn: str) -> list[ClassMeta]:
    """The classes that an object of that DN may be of: several where relative names collide, none when nothing may stand there."""
    found = [schema.get(ROOT)]
    for rn in split(dn):
        found = [child for parent in found for child in children_named(schema, parent, rn)]
        found = list({meta.id: meta for meta in found}.values())
    return found


def children_named(schema: Schema, parent: ClassMeta, rn: str) -> Iterator[ClassMeta]:
    """The classes under a parent whose objects may have that relative name."""
    for class_id in parent.children:
        meta = schema.find(class_id)
        if meta is not None and meta.rn and naming_of(meta, rn) is not None:
            yield meta


def is_parent(parent: ClassMeta, child: ClassMeta) -> bool:
    """Whether objects of ``child`` may stand under one of ``parent``."""
    return child.id in parent.children or parent.id in child.parents
