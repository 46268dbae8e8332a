"""The storage behind volumes: which datastore takes one, and the disk that it becomes there.

A volume takes its whole size of its datastore at once, as a thick logical volume does; snapshots take theirs, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcsim.errors import InsufficientResources
from emulators.openstack.volume.seed import BACKEND, store_name
from emulators.world import capacity
from emulators.world.decide import Decision
from emulators.world.decisions import hardware as hw
from emulators.world.model import Datastore, Disk, Hypervisor, Site
from emulators.world.state import WorldState

GIB: Final = 1 << 30
CAPABILITIES: Final[dict[str, str | bool]] = {
    "volume_backend_name": BACKEND,
    "storage_protocol": "iSCSI",
    "vendor_name": "Open Source",
    "driver_version": "3.0.0",
    "thin_provisioning_support": False,
    "thick_provisioning_support": True,
    "QoS_support": False,
    "multiattach": True,
}
"""What every pool can do; volume types name what they need of it."""


def stores(state: WorldState) -> list[Datastore]:
    """The datastores of volumes: one a site."""
    found = (state.one(Datastore, "name", store_name(site)) for site in state.all(Site))
    return [store for store in found if store is not None]


def backend_host(state: WorldState, store: Datastore) -> str:
    """The host that serves a datastore's volumes, as ``os-vol-host-attr:host`` has it: ``kvm-01.ams1@lvmdriver-1#ams1-volumes-01``."""
    hosts = [host.name for uid in store.hosts if (host := state.maybe(Hypervisor, uid))]
    return f"{min(hosts, default='controller')}@{BACKEND}#{store.name}"


def backend_of(host: str) -> str:
    """``name@backend`` of ``name@backend#pool``."""
    return host.partition("#")[0]


def room(state: WorldState, store: Datastore) -> int:
    """GiB that a datastore still takes; none while it is not reachable."""
    return capacity.datastore_space(state, store).free // GIB if store.accessible and not store.maintenance else 0


def fits(specs: Mapping[str, str]) -> bool:
    """Whether the backend can do what a type's extra specs want of it; keys of another scope than ``capabilities`` are not its matter."""
    wanted = {key.removeprefix("capabilities:"): value for key, value in specs.items()}
    return all(_able(CAPABILITIES.get(key), value) for key, value in wanted.items() if ":" not in key)


def _able(has: str | bool | None, wanted: str) -> bool:
    if isinstance(has, bool):
        return wanted.removeprefix("<is>").strip().lower() == str(has).lower()
    if wanted.startswith("<in>"):
        return has is not None and wanted.removeprefix("<in>").strip() in has
    return has is not None and wanted.removeprefix("s==").strip() == has


def place(d: Decision, gib: int, near: str = "", specs: Mapping[str, str] | None = None) -> Datastore:
    """The datastore for a new volume: that of the disk ``near``, or the one with the most room.

    Raises InsufficientResources when none has the room or does what ``specs`` want (Cinder's scheduler: no valid backend).
    """
    origin = d.state.maybe(Disk, near)
    found = (
        []
        if specs and not fits(specs)
        else [store for store in stores(d.state) if room(d.state, store) >= gib and (origin is None or store.uid == origin.datastore)]
    )
    if not found:
        raise InsufficientResources("No valid backend was found. No weighed backends available", resource="disk")
    return max(found, key=lambda store: room(d.state, store))


def make_disk(d: Decision, store: Datastore, *, name: str, project: str, gib: int) -> Disk:
    """A disk of the datastore that no VM has."""
    hw.require_space(d, store, gib * GIB)
    return d.create(
        hw.DISK_CREATED,
        Disk,
        name=name,
        site=store.site,
        project=project,
        datastore=store.uid,
        path=f"[{store.name}] {name}",
        uuid=d.new_uuid(),
        capacity_bytes=gib * GIB,
        thin=False,
    )


def grow_disk(d: Decision, uid: str, gib: int) -> None:
    """Make a disk larger; raises InsufficientResources."""
    disk = d.get(Disk, uid)
    hw.require_space(d, d.get(Datastore, disk.datastore), gib * GIB - disk.capacity_bytes)
    d.update(hw.DISK_CHANGED, disk, capacity_bytes=gib * GIB)


def drop_disk(d: Decision, uid: str) -> None:
    """The disk is gone, if there is one."""
    disk = d.state.maybe(Disk, uid)
    if disk is not None:
        d.delete(hw.DISK_DELETED, disk)
