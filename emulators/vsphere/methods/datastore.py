"""Datastore and HostDatastoreBrowser."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from pyVmomi import vim

from emulators.vsphere import datastore_files
from emulators.vsphere.call import Call, method
from emulators.vsphere.datastore_files import Wish
from emulators.vsphere.properties.view import View
from emulators.vsphere.results import result_of
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.soap.vmodl import array_of, wire_name
from emulators.vsphere.specs import paths
from emulators.world.commands import Effect, Operation, begins, finishes
from emulators.world.decide import Decision
from emulators.world.model import Datastore, Entity, Hypervisor

_DETAILS: Final = ("fileType", "fileSize", "modification", "fileOwner")


class SearchDatastore(Operation, frozen=True, kw_only=True, tag="vsphere.search_datastore"):
    """Look for files in a folder of a datastore."""

    LABEL: ClassVar[str] = "Search datastore"
    SUBJECT: ClassVar[str] = "datastore"
    LOCKS: ClassVar[bool] = False
    SECONDS: ClassVar[float] = 0.5
    datastore: str
    folder: str
    wish: Wish


@begins(SearchDatastore)
def begin_search(decision: Decision, operation: SearchDatastore) -> None:
    """The datastore must be there."""
    decision.get(Datastore, operation.datastore)


@finishes(SearchDatastore, effect=False)
def finish_search(decision: Decision, operation: SearchDatastore, _: Effect) -> None:
    """What was found is worked out when the task is read."""
    decision.get(Datastore, operation.datastore)


@result_of(SearchDatastore)
def found(view: View, operation: SearchDatastore) -> Any:
    """The folder's files, or a list of folders with theirs."""
    datastore = view.state.maybe(Datastore, operation.datastore)
    results = datastore_files.search(view, datastore, operation.folder, operation.wish) if datastore is not None else []
    if operation.wish.recursive:
        return array_of(vim.host.DatastoreBrowser.SearchResults)(results)
    return results[0] if results else None


@method(vim.host.DatastoreBrowser, "SearchDatastore_Task", quality="client")
async def search(call: Call) -> vim.Task:
    """List a folder.  Faults: InvalidDatastore, InvalidDatastorePath, FileNotFound."""
    return await _search(call, recursive=False)


@method(vim.host.DatastoreBrowser, "SearchDatastoreSubFolders_Task", quality="client")
async def search_below(call: Call) -> vim.Task:
    """List a folder and all below it.  Faults: InvalidDatastore, InvalidDatastorePath, FileNotFound."""
    return await _search(call, recursive=True)


async def _search(call: Call, *, recursive: bool) -> vim.Task:
    path = paths.parse(call.world.state, call.args.datastorePath)
    _check_reach(call, path.datastore)
    if not datastore_files.has_folder(call.view, path.datastore, path.path):
        raise VimFault(vim.fault.FileNotFound(file=str(path)), f"File {path} was not found")
    wish = _wish(call.args.searchSpec, recursive=recursive)
    return await call.task(SearchDatastore(datastore=path.datastore.uid, folder=path.path, wish=wish))


def _check_reach(call: Call, datastore: Datastore) -> None:
    """VimFault InvalidDatastore for one that the browser's datastore or host has nothing to do with."""
    owner = call.entity(Entity)
    if owner.uid == datastore.uid or (isinstance(owner, Hypervisor) and owner.uid in datastore.hosts):
        return
    raise VimFault(vim.fault.InvalidDatastore(name=datastore.name), f"Invalid datastore: '{datastore.name}'.")


def _wish(spec: Any, *, recursive: bool) -> Wish:
    if spec is None:
        return Wish(recursive=recursive)
    details = tuple(name for name in _DETAILS if spec.details is not None and getattr(spec.details, name))
    queries = tuple(wire_name(type(query)) for query in spec.query)
    return Wish(queries, tuple(spec.matchPattern), details, recursive)


@method(vim.Datastore, "RefreshDatastore")
async def refresh(call: Call) -> None:
    """Look at capacity and free space again; what is shown of them is never older than the world."""
    call.entity(Datastore)


@method(vim.Datastore, "RefreshDatastoreStorageInfo")
async def refresh_storage(call: Call) -> None:
    """Look at what its VMs take again; what is shown of it is never older than the world."""
    call.entity(Datastore)
