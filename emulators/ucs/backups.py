"""The files of backups: documents of a domain's configuration, made when a backup succeeds, kept until the engine stops."""

from __future__ import annotations

import asyncio
import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, TypeGuard

from emulators.ucs import records
from emulators.ucs.mit.pace import Pace
from emulators.ucs.mit.tree import Tree
from emulators.ucs.records import ConfigMo
from emulators.ucs.xmlapi.encode import closing
from emulators.world.engine import Committed
from emulators.world.events import Updated
from emulators.world.model import Entity

PREFIX: Final = "/backupfile/"
MOST: Final = 16
"""Files kept; the oldest goes when another comes."""
_TOPS: Final = {
    "config-logical": ("org-root", "fabric"),
    "config-system": ("sys",),
    "config-all": ("org-root", "fabric", "sys"),
    "full-state": ("org-root", "fabric", "sys"),
}
"""What a kind of backup has in it: the objects of these DNs and under them."""


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
                if isinstance(change, Updated) and self._succeeded(change.new) and not self._succeeded(change.old):
                    self._make(change.new)

    def _succeeded(self, entity: Entity) -> TypeGuard[ConfigMo]:
        if not isinstance(entity, ConfigMo) or entity.class_id != "mgmtBackup":
            return False
        return entity.domain == self._tree.domain and entity.props.get("backupstatus") == "success"

    def _make(self, backup: ConfigMo) -> None:
        name = PurePosixPath(backup.props.get("remoteFile", "backup")).name
        kind = backup.props.get("type", "full-state")
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
    return _archive(content) if kind == "full-state" else content


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


def _archive(content: bytes) -> bytes:
    """The document in a ``.tar.gz``, without times of its own."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("config-all.xml")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)
