"""The files of backups and for support: a domain's configuration and more, made when one is ready, kept until the engine stops."""

from __future__ import annotations

import asyncio
import gzip
import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from emulators.ucs import records
from emulators.ucs.mit.pace import Pace
from emulators.ucs.mit.tree import Tree
from emulators.ucs.records import ConfigMo
from emulators.ucs.xmlapi.encode import closing
from emulators.world.engine import Committed
from emulators.world.events import Updated
from emulators.world.model import Entity

PREFIXES: Final = ("/backupfile/", "/techsupport/")
MOST: Final = 16
"""Files kept; the oldest goes when another comes."""
_TOPS: Final = {
    "config-logical": ("org-root", "fabric"),
    "config-system": ("sys",),
    "config-all": ("org-root", "fabric", "sys"),
    "full-state": ("org-root", "fabric", "sys"),
}
"""What a kind of backup has in it: the objects of these DNs and under them."""


_TECH_SUPPORT: Final = "tech-support"
_EQUIPMENT: Final = ("networkElement", "equipmentChassis", "equipmentIOCard", "computeBlade", "computeRackUnit")


def name_of(path: str) -> str:
    """The file that a path means."""
    return path.lstrip("/").partition("/")[2]


class _Wanted(NamedTuple):
    """A file that is ready to be made: what it is called, and what is to be in it."""

    name: str
    kind: str


class Backups:
    """The files of one domain, by name."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._files: dict[str, asyncio.Task[bytes]] = {}
        self._unwatch = tree.world.watch(self._committed)

    def close(self) -> None:
        """Forget all files."""
        self._unwatch()
        for task in self._files.values():
            task.cancel()

    def _committed(self, committed: Committed) -> None:
        for record in committed.records:
            for change in record.event.changes:
                if isinstance(change, Updated):
                    wanted = self._wanted(change.new)
                    if wanted is not None and self._wanted(change.old) is None:
                        self._make(*wanted)

    def _wanted(self, entity: Entity) -> _Wanted | None:
        if not isinstance(entity, ConfigMo) or entity.domain != self._tree.domain:
            return None
        props = entity.props
        if entity.class_id == "mgmtBackup" and props.get("backupstatus") == "success":
            return _Wanted(PurePosixPath(props.get("remoteFile", "backup")).name, props.get("type", "full-state"))
        if entity.class_id == "sysdebugTechSupport" and props.get("operState") == "available":
            return _Wanted(props["name"], _TECH_SUPPORT)
        return None

    def _make(self, name: str, kind: str) -> None:
        self._files.pop(name, None)
        if len(self._files) >= MOST:
            self._files.pop(next(iter(self._files))).cancel()
        self._files[name] = asyncio.get_running_loop().create_task(_file(self._tree, kind))

    async def get(self, name: str) -> bytes | None:
        """The file of that name; None when there is none."""
        task = self._files.get(name)
        return await asyncio.shield(task) if task is not None else None


async def _file(tree: Tree, kind: str) -> bytes:
    content = await document(tree, kind)
    if kind == _TECH_SUPPORT:
        await tree.prepare(["faultInst", *_EQUIPMENT])
        parts = {"config-all.xml": content, "faults.xml": _listed(tree, "faultInst"), "equipment.xml": _listed(tree, *_EQUIPMENT)}
        return _archive(parts)
    return gzip.compress(_archive({"config-all.xml": content}), mtime=0) if kind == "full-state" else content


def _listed(tree: Tree, *class_ids: str) -> bytes:
    """Every object of some classes, one after another."""
    return b"\n".join([b"<outConfigs>", *(tree.joined(class_id) for class_id in class_ids), b"</outConfigs>\n"])


async def document(tree: Tree, kind: str) -> bytes:
    """The configuration as one element: every object that users can configure, each under its parent."""
    pace = Pace()
    pieces = [b'<?xml version="1.0" encoding="UTF-8"?>\n<topRoot>\n']
    for dn in _TOPS.get(kind, _TOPS["full-state"]):
        for piece in _pieces(tree, dn):
            pieces.append(piece)
            await pace.step()
    return b"".join([*pieces, b"</topRoot>\n"])


def _pieces(tree: Tree, dn: str, *, inside: bool = False) -> Iterator[bytes]:
    record = records.find(tree.world.state, tree.domain, dn)
    node = tree.find(dn) if record is not None else None
    children = [one for one in records.children(tree.world.state, tree.domain, dn) if _is_configuration(one)]
    if node is None:
        for child in children:
            yield from _pieces(tree, child.dn)
        return
    own = node.nested_element if inside else node.element
    if not children:
        yield own + b"\n"
        return
    yield own[:-2] + b">\n"
    for child in children:
        yield from _pieces(tree, child.dn, inside=True)
    yield closing(node.class_id) + b"\n"


def _is_configuration(record: ConfigMo) -> bool:
    return not record.overrides and record.class_id not in {"faultInst", "mgmtBackup"}


def _archive(parts: Mapping[str, bytes]) -> bytes:
    """Files in a ``.tar``, without times of their own."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
