"""The whole inventory in the shape of ``--list``, in pieces: hosts as they are read, groups at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Final

import msgspec

from cmdb.ansible.hosts import Group, groups_of, placed, variables_of
from cmdb.ansible.naming import HostNames, group_names
from cmdb.ansible.surroundings import Surroundings, relations_by_host
from cmdb.model import Ci, Relation, class_of, is_a
from cmdb.stores.port import MAX_PAGE, Query
from cmdb.stores.snapshot import Snapshot
from dcsim.errors import InvalidArgument

HOSTS: Final = ("VirtualMachine", "Hypervisor")
"""The classes whose CIs are hosts, when none is named: what runs an operating system that Ansible can log in to."""
PORTION: Final = 200
_encode = msgspec.json.Encoder().encode


class Asked(msgspec.Struct, frozen=True, kw_only=True, rename={"cls": "class"}):
    """Which hosts: of a class, with a tag, with every word of ``text``, of that name.  Templates are never hosts."""

    cls: str = ""
    tag: str = ""
    text: str = ""
    name: str = ""

    def queries(self) -> list[Query]:
        """One for each class; raises InvalidArgument for one whose CIs are no hosts."""
        classes = (self.cls,) if self.cls else HOSTS
        if self.cls and not any(is_a(class_of(self.cls).name, one) for one in (*HOSTS, "Server")):
            raise InvalidArgument(f"class: {self.cls} is no kind of host; there are {', '.join(HOSTS)} and Server.", field="class")
        tags = (self.tag,) if self.tag else ()
        return [Query(cls=one, tags=tags, text=self.text, limit=MAX_PAGE) for one in classes]


async def inventory(snapshot: Snapshot, asked: Asked) -> AsyncGenerator[bytes, None]:
    """``{"_meta": {"hostvars": {...}}, "all": {"children": [...]}, group: {"hosts": [...]}, ...}``.  Raises InvalidArgument."""
    names = HostNames()
    async for ci in _hosts(snapshot, asked):
        names.count(ci.name)
    around = await Surroundings.of(snapshot)
    members: dict[Group, list[str]] = {}
    comma = b""
    yield b'{"_meta": {"hostvars": {'
    async for some in _portions(snapshot, asked):
        relations = await relations_by_host(snapshot, some)
        text = await asyncio.to_thread(_portion, some, relations, around, names, members)
        yield comma + text
        comma = b","
    yield b"\n}}"
    for name, group in sorted((name, group) for group, name in group_names(members).items()):
        yield b",\n" + _encode(name) + b": " + _encode({"hosts": members[group]})
    yield b',\n"all": ' + _encode({"children": ["ungrouped", *sorted(group_names(members).values())]}) + b"}\n"


def _portion(
    some: Sequence[Ci], relations: dict[str, list[Relation]], around: Surroundings, names: HostNames, members: dict[Group, list[str]]
) -> bytes:
    lines = []
    for ci in some:
        name, where = names.of(ci.name, ci.uid), placed(ci, relations[ci.uid], around)
        lines.append(b"\n" + _encode(name) + b": " + _encode(variables_of(ci, where)))
        for group in groups_of(ci, where):
            members.setdefault(group, []).append(name)
    return b",".join(lines)


async def _hosts(snapshot: Snapshot, asked: Asked) -> AsyncIterator[Ci]:
    for query in asked.queries():
        async for found in snapshot.cis(query):
            for ci in found:
                if ci.attributes.get("template") is not True and asked.name in {"", ci.name}:
                    yield ci


async def _portions(snapshot: Snapshot, asked: Asked) -> AsyncIterator[list[Ci]]:
    some: list[Ci] = []
    async for ci in _hosts(snapshot, asked):
        some.append(ci)
        if len(some) == PORTION:
            yield some
            some = []
    if some:
        yield some
