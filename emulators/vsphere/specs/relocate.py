"""``RelocateSpec``: where a VM is to go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from emulators.vsphere.call import Call
from emulators.vsphere.records import Folder, Holds
from emulators.vsphere.soap import faults
from emulators.world.model import Datastore, Disk, Hypervisor, ResourcePool, Vm


class Destination(NamedTuple):
    """Uids of where to; empty where the VM stays, or the world chooses."""

    host: str = ""
    pool: str = ""
    datastore: str = ""
    folder: str = ""


def destination(call: Call, spec: Any, vm: Vm, path: str = "spec") -> Destination:
    """Read a RelocateSpec for ``vm``; ``path`` is where it stands in the request.

    VimFault ManagedObjectNotFound for what is gone, InvalidArgument for a folder that holds no VMs, NotSupported for another vCenter or
    disks that go to different datastores.
    """
    if spec.service is not None:
        raise faults.not_supported()
    return Destination(
        host=_uid(call.maybe(spec.host, Hypervisor)),
        pool=_uid(call.maybe(spec.pool, ResourcePool)),
        datastore=_datastore(call, spec, vm),
        folder=_uid(vm_folder(call, spec.folder, f"{path}.folder")) if spec.folder is not None else "",
    )


def _uid(entity: Any) -> str:
    return entity.uid if entity is not None else ""


def vm_folder(call: Call, reference: Any, path: str) -> Folder:
    """The folder of an argument, which must hold VMs; VimFault InvalidArgument names the argument."""
    folder = call.find(reference, Folder)
    if folder.holds is not Holds.VM:
        raise faults.invalid_argument(path)
    return folder


def _datastore(call: Call, spec: Any, vm: Vm) -> str:
    """The one datastore for all files."""
    wanted = _uid(call.maybe(spec.datastore, Datastore))
    located = set(_located(call, spec.disk, vm))
    rest = wanted or vm.datastore
    if located - {rest}:
        named = {one.diskId for one in spec.disk}
        everywhere = all(disk.key in named for disk in call.world.state.where(Disk, "vm", vm.uid))
        if len(located) > 1 or not everywhere or wanted:
            raise faults.not_supported()
        return located.pop()
    return wanted


def _located(call: Call, locators: Iterable[Any], vm: Vm) -> Iterable[str]:
    keys = {disk.key for disk in call.world.state.where(Disk, "vm", vm.uid)}
    for place, locator in enumerate(locators):
        if locator.diskId not in keys:
            raise faults.invalid_argument(f"spec.disk[{place}].diskId")
        yield call.find(locator.datastore, Datastore).uid
