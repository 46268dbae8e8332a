"""``ConfigSpec`` of CreateVM → CreateVm."""

from __future__ import annotations

from typing import Any

import msgspec
from pyVmomi import vim

from emulators.vsphere.call import Call
from emulators.vsphere.records import Folder
from emulators.vsphere.soap import faults
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.specs import config, paths
from emulators.vsphere.specs.devices import plan_devices
from emulators.world.decisions.vms import CreateVm
from emulators.world.model import Hypervisor, Owner, ResourcePool


def create(call: Call, folder: Folder, name: str, spec: Any, pool: ResourcePool, host: Hypervisor | None) -> CreateVm:
    """The operation that makes a VM of ``spec``; ``name`` is checked already.

    VimFault InvalidVmConfig without ``files.vmPathName``, InvalidDatastore, InvalidArgument for a pool of another datacenter, and those of
    the settings and devices.
    """
    if pool.site != folder.site:
        raise faults.invalid_argument("pool")
    where = _files(call, spec, folder.site)
    plan = plan_devices(call, None, spec.deviceChange, site=folder.site)
    settings = msgspec.structs.replace(config.settings(spec, None), name=name, **plan.settings())
    changes = plan.changes()
    return CreateVm(
        settings=settings,
        site=folder.site,
        pool=pool.uid,
        datastore=where.datastore.uid,
        folder=folder.uid,
        host=host.uid if host is not None else "",
        owner=Owner.VSPHERE,
        path=str(where) if where.path.endswith(".vmx") else "",
        disks=changes.add_disks,
        ports=changes.add_ports,
    )


def _files(call: Call, spec: Any, site: str) -> paths.DatastorePath:
    """Where the configuration file goes: a datastore, with or without a path on it."""
    name = spec.files.vmPathName if spec.files is not None else None
    if not name:
        fault = vim.fault.InvalidVmConfig(property="configSpec.files.vmPathName")
        raise VimFault(fault, "Invalid virtual machine configuration.")
    return paths.parse(call.world.state, name, site)
