"""What lies on a datastore, as far as the world knows: the files of its VMs, and disks that belong to none."""

from __future__ import annotations

from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

import msgspec
from pyVmomi import vim

from emulators.vsphere.properties.view import View
from emulators.vsphere.views.virtual_machine.storage import layout_ex
from emulators.world.capacity import disk_space
from emulators.world.model import Datastore, Disk, Vm

browser: Final = vim.host.DatastoreBrowser


class File(NamedTuple):
    """A file: its path on the datastore, what it is (FileLayoutEx's word), its size in bytes, and when it last changed."""

    path: str
    kind: str
    size: int
    modified: datetime


class Wish(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a search is for: types of files by the wire names of their queries (none: all), name patterns, and the details to tell."""

    queries: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    recursive: bool = False


_SORTS: Final[dict[str, tuple[str, Any]]] = {
    "config": ("VmConfigFileQuery", browser.VmConfigInfo),
    "nvram": ("VmNvramFileQuery", browser.VmNvramInfo),
    "log": ("VmLogFileQuery", browser.VmLogInfo),
    "diskDescriptor": ("VmDiskFileQuery", browser.VmDiskInfo),
    "snapshotData": ("VmSnapshotFileQuery", browser.VmSnapshotInfo),
    "folder": ("FolderFileQuery", browser.FolderInfo),
}
_HIDDEN: Final = frozenset({"diskExtent"})
"""Files that the browser doesn't list: a disk shows as its descriptor."""


def files(view: View, datastore: Datastore, folder: str = "") -> list[File]:
    """Every file in a folder and below, by path."""
    state = view.state
    prefix = f"[{datastore.name}] {folder}/" if folder else f"[{datastore.name}] "
    disks = [disk for disk in state.where(Disk, "datastore", datastore.uid) if disk.path.startswith(prefix)]
    owners = {disk.vm for disk in disks}
    owners |= {vm.uid for vm in state.where(Vm, "datastore", datastore.uid) if vm.path.startswith(prefix)}
    found: dict[str, File] = {}
    for vm in (state.maybe(Vm, uid) for uid in sorted(owners - {""})):
        if vm is not None:
            files: list[Any] = layout_ex(view, vm).file
            for info in files:
                found[info.name] = File(_own_path(info.name), info.type, info.size, vm.modified or vm.created)
    for disk in disks:
        found.setdefault(disk.path, File(_own_path(disk.path), "diskDescriptor", disk_space(disk), disk.created))
    return [found[name] for name in sorted(found) if name.startswith(prefix) and found[name].kind not in _HIDDEN]


def folders(view: View, datastore: Datastore) -> dict[str, datetime]:
    """The folders that VMs and disks lie in, with the time when the first of them came."""
    things: list[Vm | Disk] = [*view.state.where(Vm, "datastore", datastore.uid), *view.state.where(Disk, "datastore", datastore.uid)]
    found: dict[str, datetime] = {}
    for one in things:
        folder = _own_path(one.path).rpartition("/")[0]
        while folder:
            found.setdefault(folder, one.created)
            folder = folder.rpartition("/")[0]
    return found


def _own_path(name: str) -> str:
    return name.partition("] ")[2]


def has_folder(view: View, datastore: Datastore, folder: str) -> bool:
    """Is there such a folder?  The datastore itself is one."""
    return not folder or folder in folders(view, datastore)


def search(view: View, datastore: Datastore, folder: str, wish: Wish) -> list[Any]:
    """SearchResults of a folder, and with ``recursive`` of those below, too."""
    if not folder and not wish.recursive:
        top = [File(name, "folder", 0, when) for name, when in sorted(folders(view, datastore).items()) if "/" not in name]
        return [_result(view, datastore, "", top, wish)]
    listing = _by_folder(files(view, datastore, folder))
    inside = f"{folder}/" if folder else ""
    wanted = [name for name in sorted(listing) if name == folder or (wish.recursive and name.startswith(inside))]
    return [_result(view, datastore, name, listing[name], wish) for name in wanted]


def _by_folder(every: list[File]) -> dict[str, list[File]]:
    """Files by the folder that they are in; folders are files of the folder above."""
    found: dict[str, list[File]] = {"": []}
    for one in every:
        folder = one.path.rpartition("/")[0]
        _add_folder(found, folder, one.modified)
        found[folder].append(one)
    return found


def _add_folder(found: dict[str, list[File]], folder: str, modified: datetime) -> None:
    if folder not in found:
        above = folder.rpartition("/")[0]
        _add_folder(found, above, modified)
        found[folder] = []
        found[above].append(File(folder, "folder", 0, modified))


def _result(view: View, datastore: Datastore, folder: str, listed: list[File], wish: Wish) -> Any:
    shown = [one for one in listed if _fits(one, wish)]
    path = f"[{datastore.name}] {folder}/" if folder else f"[{datastore.name}]"
    return browser.SearchResults(datastore=view.maybe_ref(datastore), folderPath=path, file=[_info(one, wish) for one in shown])


def _fits(one: File, wish: Wish) -> bool:
    name = one.path.rpartition("/")[2]
    if wish.patterns and not any(fnmatchcase(name.lower(), pattern.lower()) for pattern in wish.patterns):
        return False
    return not wish.queries or "FileQuery" in wish.queries or _SORTS.get(one.kind, ("", None))[0] in wish.queries


def _info(one: File, wish: Wish) -> Any:
    kind = _SORTS.get(one.kind, ("", browser.FileInfo))[1] if wish.queries or "fileType" in wish.details else browser.FileInfo
    made: Any = kind(path=one.path.rpartition("/")[2])
    if "fileSize" in wish.details:
        made.fileSize = one.size
    if "modification" in wish.details:
        made.modification = one.modified
    if "fileOwner" in wish.details:
        made.owner = "root"
    return made
