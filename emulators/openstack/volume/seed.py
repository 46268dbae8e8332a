"""A fresh DevStack's block storage: the type lvmdriver-1, the services, and a store for volumes on an array of each site with KVM hosts."""

from __future__ import annotations

from typing import Final

from dcsim.ids import uuid_for
from emulators.openstack.asks import ask
from emulators.openstack.cloud import Cloud
from emulators.openstack.volume import events
from emulators.openstack.volume.records import CinderGroupType, CinderService, CinderType
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision
from emulators.world.identity import naa
from emulators.world.model import Datastore, Hypervisor, Lun, Site, StorageArray

BACKEND: Final = "lvmdriver-1"
DEFAULT_TYPE: Final = "__DEFAULT__"
STORE_BYTES: Final = 20 << 40
CGSNAPSHOT_TYPE: Final = "default_cgsnapshot_type"


@ask
def seed_volumes(d: Decision) -> None:
    """Make what is missing."""
    if not d.state.count(CinderType):
        _types(d)
    for site in d.state.all(Site):
        hosts = tuple(host.uid for host in d.state.where(Hypervisor, "site", site.uid) if host.flavor == "kvm")
        if hosts and d.state.one(Datastore, "name", store_name(site)) is None:
            _store(d, site, hosts)
    if not d.state.count(CinderService):
        _services(d)


def store_name(site: Site) -> str:
    """The name of the datastore that a site's volumes lie on; it is the name of Cinder's pool, too."""
    return f"{site.name}-volumes-01"


def _types(d: Decision) -> None:
    d.create(events.TYPE_CREATED, CinderType, uid=d.new_uuid(), name=DEFAULT_TYPE, description="Default Volume Type")
    d.create(events.TYPE_CREATED, CinderType, uid=d.new_uuid(), name=BACKEND, extra_specs={"volume_backend_name": BACKEND})
    specs = {"consistent_group_snapshot_enabled": "<is> True"}
    description = "Default group type for migrating cgsnapshot"
    d.create(events.TYPE_CREATED, CinderGroupType, uid=d.new_uuid(), name=CGSNAPSHOT_TYPE, description=description, specs=specs)


def _store(d: Decision, site: Site, hosts: tuple[str, ...]) -> None:
    """The array gives a LUN; only KVM hosts see it, so that vCenter doesn't."""
    arrays, luns = d.state.where(StorageArray, "site", site.uid), []
    name = store_name(site)
    if arrays:
        lun = d.create(
            events.DATASTORE_ADDED,
            Lun,
            name=f"{name}-lun",
            site=site.uid,
            array=arrays[0].uid,
            naa=naa(d.context.seed, arrays[0].name, f"{name}-lun"),
            capacity_bytes=STORE_BYTES,
        )
        luns.append(lun.uid)
    d.create(
        events.DATASTORE_ADDED,
        Datastore,
        name=name,
        site=site.uid,
        type="NFS",
        uuid=uuid_for(d.context.seed, "datastore", name),
        luns=tuple(luns),
        hosts=hosts,
        capacity_bytes=STORE_BYTES,
    )


def _services(d: Decision) -> None:
    hosts = sorted(host.name for host in d.state.all(Hypervisor) if host.flavor == "kvm") or ["controller"]
    for name in ("cinder-scheduler", "cinder-volume", "cinder-backup"):
        host = f"{hosts[0]}@{BACKEND}" if name == "cinder-volume" else hosts[0]
        d.create(events.SERVICE_CREATED, CinderService, uid=d.new_uuid(), name=name, host=host, updated=d.now)


def seed(cloud: Cloud) -> None:
    """Give the cloud its block storage."""
    cloud.ask_now(seed_volumes)


VOLUME.seed = seed
