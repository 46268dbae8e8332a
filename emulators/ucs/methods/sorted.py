"""Reading long lists in pieces: a sorted query makes a context, which is then read piece by piece."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from emulators.ucs.call import Answer, Call
from emulators.ucs.methods.answers import config_set, filtered, of_class, values
from emulators.ucs.methods.registry import method
from emulators.ucs.mit.node import Node
from emulators.ucs.refusals import Refusal, malformed
from emulators.ucs.schema.abstract import concrete

MOST: Final = 16
"""Contexts of one session; the oldest makes room."""
LIFETIME: Final = timedelta(minutes=10)
_LARGEST: Final = 65_535
_numbers = itertools.count(1)


class _Context(msgspec.Struct):
    dns: list[str]
    until: datetime
    size: int
    at: int = 0


class Contexts:
    """What a session has asked for and not yet read."""

    def __init__(self) -> None:
        self._open: dict[int, _Context] = {}

    def open(self, dns: Sequence[str], size: int, now: datetime) -> int:
        """Keep a list; answers its number."""
        self._open = {number: one for number, one in self._open.items() if one.until > now}
        while len(self._open) >= MOST:
            del self._open[next(iter(self._open))]
        number = next(_numbers)
        self._open[number] = _Context(list(dns), now + LIFETIME, size)
        return number

    def get(self, number: int, now: datetime) -> _Context:
        """A list that is kept; a Refusal (102) when it is not, or no more."""
        found = self._open.get(number)
        if found is None or found.until <= now:
            raise Refusal(102, f"no resolve context {number}")
        return found

    def close(self, number: int) -> None:
        """Forget a list."""
        self._open.pop(number, None)


@method("configResolveClassSorted", quality="client")
async def class_sorted(call: Call) -> Answer:
    """A context with the objects of a class, by DN."""
    class_id = call.request.required("classId")
    nodes = filtered(call, await of_class(call, class_id))
    return _opened(call, nodes, {"classId": class_id})


@method("configResolveClassesSorted", quality="client")
async def classes_sorted(call: Call) -> Answer:
    """A context with the objects of several classes, by DN."""
    class_ids = dict.fromkeys(values(call, "inIds", "classId"))
    return _opened(call, [node for class_id in class_ids for node in await of_class(call, class_id)], {})


@method("configResolveChildrenSorted", quality="client")
async def children_sorted(call: Call) -> Answer:
    """A context with the objects under a DN, by DN."""
    class_id, dn = call.request.get("classId"), call.request.get("inDn")
    wanted = {meta.id for meta in concrete(call.schema, class_id)} if class_id else set()
    nodes = [node for node in call.tree.children(dn) if not wanted or node.class_id in wanted]
    return _opened(call, filtered(call, nodes), {"classId": class_id})


@method("configResolveContext", quality="faults")
async def read_context(call: Call) -> Answer:
    """The next ``inSize`` objects of a context (as many as were announced, when it is left out); none when all have been read."""
    number = _number(call, "inContext", 0)
    found = _contexts(call).get(number, call.domain.world.clock.wall())
    size = _number(call, "inSize", found.size) or found.size
    piece, found.at = found.dns[found.at : found.at + size], found.at + size
    nodes = [node for dn in piece if (node := call.tree.find(dn)) is not None]
    return Answer({"outContext": str(number)}, await config_set(call, nodes))


@method("configRenewResolveContext", quality="client")
async def renew_context(call: Call) -> Answer:
    """A context lives for another ten minutes, and is read from its beginning again."""
    number, now = _number(call, "inContext", 0), call.domain.world.clock.wall()
    found = _contexts(call).get(number, now)
    found.until, found.at = now + LIFETIME, 0
    return Answer({"outContext": str(number)})


@method("configReleaseResolveContext", quality="client")
async def release_context(call: Call) -> Answer:
    """A context is forgotten.  Refuses with 102 when there is none."""
    number = _number(call, "inContext", 0)
    _contexts(call).get(number, call.domain.world.clock.wall())
    _contexts(call).close(number)
    return Answer()


def _opened(call: Call, nodes: Sequence[Node], given: dict[str, str]) -> Answer:
    dns = sorted(node.dn for node in nodes)
    number = _contexts(call).open(dns, _number(call, "inSize", 0) or 100, call.domain.world.clock.wall())
    return Answer({**given, "outContext": str(number), "outTotalSize": str(len(dns))})


def _contexts(call: Call) -> Contexts:
    return call.session.part(Contexts)


def _number(call: Call, name: str, default: int) -> int:
    text = call.request.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or (name == "inSize" and int(text) > _LARGEST):
        raise malformed(f"Element '{call.request.method}', attribute '{name}': '{text[:40]}' is not a number that it may have")
    return int(text)
