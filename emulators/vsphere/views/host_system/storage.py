"""Storage of a host: adapters, LUNs and local disks, and the paths between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pyVmomi import vim

from dcsim.ids import digest
from emulators.vsphere.views.constructors import GIB
from emulators.vsphere.views.host_system import pci
from emulators.vsphere.views.host_system.facts import Facts, host_luns
from emulators.world.model import StorageArray
from emulators.world.state import WorldState

BLOCK: Final = 512
QUEUE_DEPTH: Final = 64
FIBRE_SPEED_GBIT: Final = 16
LOCAL_HBA: Final = "vmhba0"
_NETAPP_LUN: Final = "LUN C-Mode"
TARGETS: Final = 2
"""Target ports of an array on each fabric."""


class Device(NamedTuple):
    """A disk that the host sees: a LUN on ``targets`` of its Fibre Channel adapters, or a local disk on ``vmhba0``."""

    name: str
    uuid: str
    vendor: str
    model: str
    serial: str
    capacity_bytes: int
    number: int
    local: bool
    operable: bool

    @property
    def key(self) -> str:
        """The key of the device in ``scsiLun``."""
        return f"key-vim.host.ScsiDisk-{self.uuid}"


class Path(NamedTuple):
    """One way from an adapter to a device: ``vmhba2:C0:T1:L3``."""

    hba: str
    target: int
    device: Device
    state: str
    port_name: int

    @property
    def name(self) -> str:
        """The run-time name."""
        return f"{self.hba}:C0:T{self.target}:L{self.device.number}"


def devices(state: WorldState, found: Facts) -> list[Device]:
    """Local disks, then the LUNs of the host's datastores."""
    local = [
        _device(
            f"naa.5000c50{digest('naa', disk.serial).hex()[:9]}", "ATA", disk.model, disk.serial, disk.capacity_bytes, place, disk.operable
        )
        for place, disk in enumerate(found.blade.disks)
    ]
    return [*local, *_luns(state, found)]


def _device(name: str, vendor: str, model: str, serial: str, capacity: int, number: int, operable: bool) -> Device:
    tail = model[:6].ljust(6).encode().hex()
    uuid = f"02{number:08x}{name.partition('.')[2]}{tail}"
    return Device(name, uuid, vendor, model, serial, capacity, number, local=True, operable=operable)


def _luns(state: WorldState, found: Facts) -> Iterator[Device]:
    for number, lun in enumerate(host_luns(state, found.host)):
        array = state.maybe(StorageArray, lun.array)
        works = array is None or array.operable
        made = _device(lun.naa, array.vendor if array else "NETAPP", _NETAPP_LUN, lun.naa[-12:], lun.capacity_bytes, number, works)
        yield made._replace(local=False)


def adapters(found: Facts) -> list[str]:
    """The names of the Fibre Channel adapters."""
    return [f"vmhba{place + 1}" for place in range(len(found.identity.wwpns))]


def paths(found: Facts, seen: list[Device]) -> list[Path]:
    """Every path: local disks by the local adapter, LUNs by each Fibre Channel adapter to each target port of its fabric."""
    fabrics = [vhba.leg for vhba in sorted(found.identity.profile.vhbas, key=lambda one: one.order)] if found.identity.profile else []
    made = [Path(LOCAL_HBA, one.number, one, "active" if one.operable else "dead", 0) for one in seen if one.local]
    for hba, leg in zip(adapters(found), fabrics, strict=False):
        for target in range(TARGETS):
            port = int.from_bytes(b"\x20\x01" + digest("target", leg, target)[:6], "big")
            made += [
                Path(hba, target, one, "active" if one.operable and leg in found.legs else "dead", port) for one in seen if not one.local
            ]
    return made


# -- data objects -------------------------------------------------------------------------------------------------------------


def storage_device(state: WorldState, found: Facts) -> vim.host.StorageDeviceInfo:
    """``config.storageDevice``."""
    seen = devices(state, found)
    ways = paths(found, seen)
    return vim.host.StorageDeviceInfo(
        hostBusAdapter=_adapters(found),
        scsiLun=[_disk(one) for one in seen],
        scsiTopology=vim.host.ScsiTopology(adapter=_topology(found, ways)),
        multipathInfo=vim.host.MultipathInfo(lun=[unit for one in seen if (unit := _unit(one, ways)) is not None]),
        plugStoreTopology=_plug_store(found, seen, ways),
        softwareInternetScsiEnabled=False,
    )


def multipath_state(state: WorldState, found: Facts) -> vim.host.MultipathStateInfo:
    """``config.multipathState``: each path with its state."""
    ways = paths(found, devices(state, found))
    return vim.host.MultipathStateInfo(path=[vim.host.MultipathStateInfo.Path(name=one.name, pathState=one.state) for one in ways])


def hba_key(name: str) -> str:
    """The key of an adapter."""
    kind = "BlockHba" if name == LOCAL_HBA else "FibreChannelHba"
    return f"key-vim.host.{kind}-{name}"


def _adapters(found: Facts) -> list[Any]:
    local = vim.host.BlockHba(
        key=hba_key(LOCAL_HBA),
        device=LOCAL_HBA,
        bus=pci.RAID.bus,
        status="unknown",
        model=pci.RAID.name,
        driver="lsi_mr3",
        pci=pci.RAID.address,
        storageProtocol="scsi",
    )
    node = _world_wide(found.identity.wwnn)
    return [local] + [
        vim.host.FibreChannelHba(
            key=hba_key(name),
            device=name,
            bus=pci.HBA_BUS,
            status="online",
            model=pci.hba(place).name,
            driver="nfnic",
            pci=pci.hba(place).address,
            storageProtocol="scsi",
            portWorldWideName=_world_wide(wwpn),
            nodeWorldWideName=node,
            portType="fabric",
            speed=FIBRE_SPEED_GBIT,
        )
        for place, (name, wwpn) in enumerate(zip(adapters(found), found.identity.wwpns, strict=True))
    ]


def _world_wide(name: str) -> int:
    """A WWN as the signed 64-bit number that the API shows."""
    value = int(name.replace(":", "") or "0", 16)
    return value - (1 << 64) if value >= 1 << 63 else value


def _disk(one: Device) -> Any:
    path = f"/vmfs/devices/disks/{one.name}"
    return vim.host.ScsiDisk(
        deviceName=path,
        deviceType="disk",
        key=one.key,
        uuid=one.uuid,
        descriptor=[
            vim.host.ScsiLun.Descriptor(quality="highQuality", id=one.name),
            vim.host.ScsiLun.Descriptor(quality="highQuality", id=f"vml.{one.uuid}"),
        ],
        canonicalName=one.name,
        displayName=f"{'Local ATA' if one.local else f'{one.vendor} Fibre Channel'} Disk ({one.name})",
        lunType="disk",
        vendor=one.vendor.ljust(8),
        model=one.model.ljust(16),
        revision="9131" if not one.local else "D0MU",
        scsiLevel=5 if not one.local else 6,
        serialNumber=one.serial,
        queueDepth=QUEUE_DEPTH,
        operationalState=["ok" if one.operable else "lostCommunication"],
        capabilities=vim.host.ScsiLun.Capabilities(updateDisplayNameSupported=True),
        vStorageSupport="vStorageUnsupported" if one.local else "vStorageSupported",
        protocolEndpoint=False,
        perenniallyReserved=False,
        clusteredVmdkSupported=False,
        applicationProtocol="SCSI",
        dispersedNs=False,
        capacity=vim.host.DiskDimensions.Lba(blockSize=BLOCK, block=one.capacity_bytes // BLOCK),
        devicePath=path,
        ssd=one.local or one.capacity_bytes < 64 * 1024 * GIB,
        localDisk=one.local,
        emulatedDIXDIFEnabled=False,
        scsiDiskType="native512",
    )


def _transport(way: Path) -> Any:
    if not way.port_name:
        return vim.host.BlockAdapterTargetTransport()
    return vim.host.FibreChannelTargetTransport(portWorldWideName=way.port_name, nodeWorldWideName=way.port_name & ~0xFF)


def _topology(found: Facts, ways: list[Path]) -> list[Any]:
    interfaces = []
    for hba in [LOCAL_HBA, *adapters(found)]:
        targets: dict[int, list[Path]] = {}
        for way in ways:
            if way.hba == hba:
                targets.setdefault(way.target, []).append(way)
        interfaces.append(
            vim.host.ScsiTopology.Interface(
                key=f"key-vim.host.ScsiTopology.Interface-{hba}",
                adapter=hba_key(hba),
                target=[_target(hba, number, group) for number, group in targets.items()],
            )
        )
    return interfaces


def _target(hba: str, number: int, ways: list[Path]) -> Any:
    return vim.host.ScsiTopology.Target(
        key=f"key-vim.host.ScsiTopology.Target-{hba}:0:{number}",
        target=number,
        lun=[
            vim.host.ScsiTopology.Lun(
                key=f"key-vim.host.ScsiTopology.Lun-{way.device.uuid}",
                lun=0 if way.device.local else way.device.number,
                scsiLun=way.device.key,
            )
            for way in ways
        ],
        transport=_transport(ways[0]),
    )


def _unit(one: Device, ways: list[Path]) -> Any:
    """A device with its paths; none for one that no adapter reaches."""
    own = [way for way in ways if way.device is one]
    if not own:
        return None
    key = f"key-vim.host.MultipathInfo.LogicalUnit-{one.uuid}"
    policy = "VMW_PSP_FIXED" if one.local else "VMW_PSP_RR"
    return vim.host.MultipathInfo.LogicalUnit(
        key=key,
        id=one.uuid,
        lun=one.key,
        path=[
            vim.host.MultipathInfo.Path(
                key=f"key-vim.host.MultipathInfo.Path-{way.name}",
                name=way.name,
                pathState=way.state,
                state=way.state,
                isWorkingPath=way.state == "active",
                adapter=hba_key(way.hba),
                lun=key,
                transport=_transport(way),
            )
            for way in own
        ],
        policy=vim.host.MultipathInfo.LogicalUnitPolicy(policy=policy),
        storageArrayTypePolicy=vim.host.MultipathInfo.LogicalUnitStorageArrayTypePolicy(
            policy="VMW_SATP_LOCAL" if one.local else "VMW_SATP_ALUA"
        ),
    )


def _plug_store(found: Facts, seen: list[Device], ways: list[Path]) -> Any:
    topology: Any = vim.host.PlugStoreTopology
    prefix = "key-vim.host.PlugStoreTopology"
    targets = {f"{prefix}.Target-{way.hba}:{way.target}": way for way in ways}
    return topology(
        adapter=[
            topology.Adapter(
                key=f"{prefix}.Adapter-{hba}", adapter=hba_key(hba), path=[f"{prefix}.Path-{way.name}" for way in ways if way.hba == hba]
            )
            for hba in [LOCAL_HBA, *adapters(found)]
        ],
        path=[
            topology.Path(
                key=f"{prefix}.Path-{way.name}",
                name=way.name,
                channelNumber=0,
                targetNumber=way.target,
                lunNumber=way.device.number,
                adapter=f"{prefix}.Adapter-{way.hba}",
                target=f"{prefix}.Target-{way.hba}:{way.target}",
                device=f"{prefix}.Device-{way.device.uuid}",
            )
            for way in ways
        ],
        target=[topology.Target(key=key, transport=_transport(way)) for key, way in targets.items()],
        device=[
            topology.Device(
                key=f"{prefix}.Device-{one.uuid}", lun=one.key, path=[f"{prefix}.Path-{way.name}" for way in ways if way.device is one]
            )
            for one in seen
        ],
        plugin=[
            topology.Plugin(
                key=f"{prefix}.Plugin-NMP",
                name="NMP",
                device=[f"{prefix}.Device-{one.uuid}" for one in seen],
                claimedPath=[f"{prefix}.Path-{way.name}" for way in ways],
            )
        ],
    )
