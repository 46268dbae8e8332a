"""``CloneSpec`` → CloneVm."""

from __future__ import annotations

from typing import Any

import msgspec

from emulators.vsphere.call import Call
from emulators.vsphere.records import Folder
from emulators.vsphere.soap import faults
from emulators.vsphere.specs import config
from emulators.vsphere.specs.compute import root_pool_of_host
from emulators.vsphere.specs.customization import customize
from emulators.vsphere.specs.devices import plan_devices
from emulators.vsphere.specs.relocate import destination
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.vms import CloneVm
from emulators.world.model import Snapshot, Vm


def clone(call: Call, vm: Vm, folder: Folder, name: str, spec: Any) -> CloneVm:
    """The operation that a CloneSpec asks for; ``name`` is checked already.

    VimFault InvalidArgument when a template is cloned without a pool or the snapshot is another VM's; NotSupported for encrypted, instant
    and linked clones; the faults of the parts (location, config, customization).
    """
    to = destination(call, spec.location, vm, "spec.location")
    if vm.template and not to.pool and not spec.template:
        raise faults.invalid_argument("spec.location.pool")
    _check_snapshot(call, vm, spec)
    settings, devices = VmSettings(name=name), plan_devices(call, vm, _device_changes(spec))
    if spec.config is not None:
        settings = msgspec.structs.replace(config.settings(spec.config, None), name=name)
    if spec.customization is not None:
        customize(devices, spec.customization, vm)
    return CloneVm(
        source=vm.uid,
        settings=msgspec.structs.replace(settings, **devices.settings()),
        folder=folder.uid,
        pool=to.pool or _pool_for_template(call, vm),
        host=to.host,
        datastore=to.datastore,
        template=spec.template,
        power_on=spec.powerOn and not spec.template,
        devices=devices.changes(),
    )


def _device_changes(spec: Any) -> list[Any]:
    inner = list(spec.config.deviceChange) if spec.config is not None else []
    return [*spec.location.deviceChange, *inner]


def _check_snapshot(call: Call, vm: Vm, spec: Any) -> None:
    """A clone of a snapshot is one of what the VM is now: the world copies files as they are, and shares none between VMs."""
    if spec.snapshot is not None and call.find(spec.snapshot, Snapshot).vm != vm.uid:
        raise faults.invalid_argument("spec.snapshot")
    if spec.location.diskMoveType in {"createNewChildDiskBacking", "moveChildMostDiskBacking"} or spec.snapshot is not None:
        raise faults.not_supported()


def _pool_for_template(call: Call, vm: Vm) -> str:
    """A template is in no pool; a template made of it is registered on its host's."""
    pool = root_pool_of_host(call.world.state, vm.host) if not vm.pool else None
    return pool.uid if pool is not None else ""
