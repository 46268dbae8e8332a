"""Volumes and servers: reserved, attached, detached; the volume's disk is plugged into the server's VM meanwhile."""

from __future__ import annotations

from emulators.openstack.faults import Fault
from emulators.openstack.volume import events
from emulators.openstack.volume.records import CinderAttachment, CinderVolume
from emulators.world.decide import Decision
from emulators.world.decisions import hardware as hw
from emulators.world.decisions.vms import VM_RECONFIGURED
from emulators.world.model import Disk, Vm
from emulators.world.state import WorldState

REAL = "docker"


def attachments_of(state: WorldState, volume: str) -> list[CinderAttachment]:
    """A volume's attachments, reserved ones included."""
    return state.where(CinderAttachment, "volume", volume)


def set_status(d: Decision, volume: CinderVolume, status: str, before: str = "") -> CinderVolume:
    """The volume's status; ``before`` is what it goes back to."""
    return d.update(events.VOLUME_CHANGED, volume, status=status, before=before, updated=d.now)


def reserve(d: Decision, volume: CinderVolume, server: str) -> CinderAttachment:
    """A reserved attachment, and the volume reserved with it.

    Raises Fault 400 unless the volume is available, or in use and made for several servers.
    """
    if volume.status not in {"available", "downloading"} and not (volume.multiattach and volume.status in {"in-use", "reserved"}):
        raise Fault(
            400,
            f"Invalid volume: Volume {volume.uid} status must be available or downloading to reserve, "
            f"but the current status is {volume.status}.",
        )
    attachment = d.create(
        events.ATTACHMENT_CREATED, CinderAttachment, uid=d.new_uuid(), name=server, volume=volume.uid, project=volume.project, server=server
    )
    if volume.status != "in-use":
        set_status(d, volume, "reserved")
    return attachment


def connect(
    d: Decision, attachment: CinderAttachment, *, vm: str = "", device: str = "", host: str = "", mode: str = "rw", complete: bool = True
) -> CinderAttachment:
    """The volume is attached: its disk is the VM's while there is one and it is free."""
    volume = d.get(CinderVolume, attachment.volume)
    plugged = plug(d, volume, vm)
    if complete:
        set_status(d, volume, "in-use")
    return d.update(
        events.ATTACHMENT_CHANGED,
        attachment,
        status="attached" if complete else "attaching",
        vm=vm if plugged else "",
        device=device or attachment.device,
        host=host or attachment.host,
        mode=mode,
        attached=d.now,
    )


def plug(d: Decision, volume: CinderVolume, vm_uid: str) -> bool:
    """Whether the volume's disk is the VM's now; the disk of a volume on several servers is the first one's."""
    vm, disk = d.state.maybe(Vm, vm_uid), d.state.maybe(Disk, volume.disk)
    if vm is None or disk is None or (disk.vm and disk.vm != vm.uid):
        return False
    if disk.vm != vm.uid:
        hw.add_disk(d, vm, hw.DiskAdd(disk=disk.uid))
        _changed(d, vm)
    return True


def disconnect(d: Decision, attachment: CinderAttachment) -> None:
    """The attachment is gone; with the last one the volume is available again."""
    volume = d.state.maybe(CinderVolume, attachment.volume)
    d.delete(events.ATTACHMENT_DELETED, attachment)
    if volume is None:
        return
    _unplug(d, volume, attachment)
    rest = attachments_of(d.state, volume.uid)
    status = "in-use" if any(one.status == "attached" for one in rest) else "reserved" if rest else "available"
    volume = d.get(CinderVolume, volume.uid)
    admin = {key: value for key, value in volume.admin_metadata.items() if key != "attached_mode"}
    d.update(events.VOLUME_CHANGED, volume, status=status, before="", admin_metadata=admin, updated=d.now)


def _unplug(d: Decision, volume: CinderVolume, attachment: CinderAttachment) -> None:
    disk, vm = d.state.maybe(Disk, volume.disk), d.state.maybe(Vm, attachment.vm)
    if disk is None or not attachment.vm or disk.vm != attachment.vm:
        return
    d.update(hw.DISK_CHANGED, disk, vm="")
    if vm is not None:
        _changed(d, vm)
        if vm.machine == REAL and not volume.written:
            d.update(events.VOLUME_CHANGED, volume, written=True)


def _changed(d: Decision, vm: Vm) -> None:
    d.update(VM_RECONFIGURED, d.get(Vm, vm.uid), modified=d.now, change=vm.change + 1)
