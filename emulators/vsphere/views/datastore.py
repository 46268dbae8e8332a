"""Properties of Datastore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pyVmomi import vim

from emulators.vsphere.properties.table import prop
from emulators.vsphere.tree import members
from emulators.vsphere.views.host_system.volumes import VSAN, is_nfs, mount_info, nas_volume, vmfs_volume
from emulators.vsphere.views.status import datastore_status
from emulators.world.capacity import datastore_space
from emulators.world.model import Datastore, Disk, Hypervisor, Vm

if TYPE_CHECKING:
    from emulators.vsphere.properties.view import View

MAX_FILE: Final = 70_368_744_177_664
MAX_DISK: Final = 68_169_720_922_112
MAX_MEMORY_FILE: Final = 11_544_872_091_648


def url(datastore: Datastore) -> str:
    """Where hosts have it mounted, as an URL."""
    return f"ds:///vmfs/volumes/{datastore.uuid}/"


@prop(vim.Datastore, "summary")
def summary(view: View, datastore: Datastore) -> vim.Datastore.Summary:
    """Capacity and free space, in bytes."""
    space = datastore_space(view.state, datastore)
    return vim.Datastore.Summary(
        datastore=view.ref(datastore),
        name=datastore.name,
        url=url(datastore),
        capacity=space.capacity if datastore.accessible else 0,
        freeSpace=space.free if datastore.accessible else 0,
        uncommitted=space.uncommitted,
        accessible=datastore.accessible,
        multipleHostAccess=len(datastore.hosts) > 1,
        type=datastore.type,
        maintenanceMode="inMaintenance" if datastore.maintenance else "normal",
    )


@prop(vim.Datastore, "info")
def info(view: View, datastore: Datastore) -> vim.Datastore.Info:
    """The volume that it is."""
    common = {
        "name": datastore.name,
        "url": url(datastore),
        "freeSpace": datastore_space(view.state, datastore).free if datastore.accessible else 0,
        "maxFileSize": MAX_FILE,
        "maxVirtualDiskCapacity": MAX_DISK,
        "maxMemoryFileSize": MAX_MEMORY_FILE,
        "timestamp": datastore.created,
        "containerId": datastore.uuid,
        "aliasOf": datastore.uuid,
    }
    if is_nfs(datastore):
        return vim.host.NasDatastoreInfo(**common, nas=nas_volume(datastore))
    if datastore.type == VSAN:
        return vim.host.VsanDatastoreInfo(**common, membershipUuid=datastore.uuid, accessGenNo=1)
    return vim.host.VmfsDatastoreInfo(
        **common,
        logicalSectorSize=512,
        physicalSectorSize=512,
        maxPhysicalRDMFileSize=MAX_FILE,
        maxVirtualRDMFileSize=MAX_DISK,
        vmfs=vmfs_volume(view.state, datastore),
    )


@prop(vim.Datastore, "host")
def host(view: View, datastore: Datastore) -> list[Any]:
    """How each host has it mounted."""
    found = (view.state.maybe(Hypervisor, uid) for uid in datastore.hosts)
    return [
        vim.Datastore.HostMount(key=view.ref(one), mountInfo=mount_info(one, datastore))
        for one in found
        if one is not None and view.maybe_ref(one) is not None
    ]


@prop(vim.Datastore, "vm")
def vm(view: View, datastore: Datastore) -> list[Any]:
    """The VMs that have files on it."""
    at_home = [one.uid for one in members(view.state, Vm, "datastore", datastore.uid)]
    by_disk = [disk.vm for disk in view.state.where(Disk, "datastore", datastore.uid) if disk.vm]
    return view.refs(dict.fromkeys([*at_home, *by_disk]))


@prop(vim.Datastore, "browser")
def browser(view: View, datastore: Datastore) -> Any:
    """The browser of its files."""
    return view.ref(datastore, vim.host.DatastoreBrowser)


@prop(vim.Datastore, "capability")
def capability(_view: View, datastore: Datastore) -> vim.Datastore.Capability:
    """What can be done on it."""
    vmfs = datastore.type == "VMFS"
    return vim.Datastore.Capability(
        directoryHierarchySupported=True,
        rawDiskMappingsSupported=vmfs,
        perFileThinProvisioningSupported=True,
        storageIORMSupported=True,
        nativeSnapshotSupported=False,
        topLevelDirectoryCreateSupported=datastore.type != VSAN,
        seSparseSupported=True,
        vmfsSparseSupported=True,
        vsanSparseSupported=datastore.type == VSAN,
        upitSupported=False,
        vmdkExpandSupported=True,
        clusteredVmdkSupported=False,
    )


@prop(vim.Datastore, "iormConfiguration")
def iorm_configuration(_view: View, _datastore: Datastore) -> vim.StorageResourceManager.IORMConfigInfo:
    """Storage I/O control: off."""
    return vim.StorageResourceManager.IORMConfigInfo(
        enabled=False,
        congestionThresholdMode="automatic",
        congestionThreshold=30,
        percentOfPeakThroughput=90,
        statsCollectionEnabled=False,
        reservationEnabled=True,
        statsAggregationDisabled=False,
    )


@prop(vim.Datastore, "overallStatus")
def overall_status(view: View, datastore: Datastore) -> str:
    """Its health."""
    return datastore_status(view.state, datastore)


@prop(vim.Datastore, "configStatus")
def config_status(_view: View, _datastore: Datastore) -> str:
    """vCenter has no opinion."""
    return "gray"


@prop(vim.Datastore, "disabledMethod")
def disabled_method(_view: View, datastore: Datastore) -> list[str]:
    """What its state rules out now."""
    return ["DatastoreEnterMaintenanceMode" if datastore.maintenance else "DatastoreExitMaintenanceMode_Task"]
