"""A graph of any size as the stores get it: hosts with blades, VMs with a disk and a port each, applications over them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from cmdb.model import Ci, Claim, Relation, Value
from cmdb.stores.port import Batch
from dcsim.ids import mac_for, uuid_for

AT = datetime(2026, 1, 1, tzinfo=UTC)
VMS_A_HOST = 25
VMS_A_DATASTORE = 250
VMS_AN_APPLICATION = 6
BATCH = 1_000
T = TypeVar("T")


def plant(cis: int) -> tuple[list[Ci], list[Relation]]:
    """About so many CIs, and three relations for each."""
    things: list[Ci] = []
    relations: list[Relation] = []
    for number in range(int(cis / 3.25)):
        host, store = number // VMS_A_HOST, number // VMS_A_DATASTORE
        if number % VMS_A_HOST == 0:
            things += _host(host)
            relations += [_relation(f"host-{host:05}", "RUNS_ON", f"blade-{host:05}")]
        if number % VMS_A_DATASTORE == 0:
            things += [_ci(f"datastore-{store:05}", "Datastore", uuid=uuid_for(0, "datastore", store), type="VMFS", accessible=True)]
            things += [_ci(f"cluster-{store:05}", "Cluster", ha_enabled=True), _ci(f"network-{store:05}", "Network", vlan=store % 4000)]
        if number % VMS_AN_APPLICATION == 0:
            things += [_ci(f"app-{number // VMS_AN_APPLICATION:05}", "Application", criticality=number % 4 + 1)]
        things += _vm(number)
        relations += _relations(number, host, store)
    return things, relations


def batches(cis: int) -> Iterator[Batch]:
    """The same in batches, as a bootstrap brings them: every thing, then every relation."""
    things, relations = plant(cis)
    yield from (Batch(upserts=chunk) for chunk in _chunks(things))
    yield from (Batch(related=chunk) for chunk in _chunks(relations))


def _chunks(items: list[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, BATCH)):
        yield chunk


def _host(number: int) -> list[Ci]:
    serial, uuid = f"FCH{number:08}", uuid_for(0, "blade", number)
    macs = tuple(mac_for("00:25:b5", 0, number, nic) for nic in range(2))
    return [
        _ci(f"blade-{number:05}", "Blade", serial=serial, uuid=uuid, macs=macs, model="UCSB-B200-M5", power="on", operable=True, slot=1),
        _ci(f"host-{number:05}", "Hypervisor", serial=serial, uuid=uuid, macs=macs, connection="connected", running=True, cpu_mhz=72_000),
    ]


def _vm(number: int) -> list[Ci]:
    name, mac = f"vm-{number:05}", mac_for("00:50:56", 0, "vm", number)
    uuid, guest = uuid_for(0, "vm", number), f"shop-web-{number:05}.site-1.example"
    address = f"10.77.{number >> 8 & 255}.{number & 255}"
    vm = _ci(
        name,
        "VirtualMachine",
        uuid=uuid,
        instance_uuid=uuid_for(0, "instance", number),
        macs=(mac,),
        addresses=(address,),
        hostname=guest,
        power="off" if number % 5 == 0 else "on",
        owner="vsphere",
        cpus=2,
        memory_bytes=4 << 30,
        guest_id="debian12_64Guest",
        template=False,
    )
    disk = _ci(f"disk-{number:05}", "Disk", uuid=uuid_for(0, "disk", number), path=f"[ds] {name}/{name}.vmdk", capacity_bytes=16 << 30)
    return [vm, disk, _ci(f"port-{number:05}", "NetworkPort", mac=mac, adapter="vmxnet3", connected=True)]


def _relations(number: int, host: int, store: int) -> list[Relation]:
    vm, disk, port = f"vm-{number:05}", f"disk-{number:05}", f"port-{number:05}"
    found = [
        _relation(vm, "RUNS_ON", f"host-{host:05}"),
        _relation(vm, "MEMBER_OF", f"cluster-{store:05}"),
        _relation(vm, "STORED_ON", f"datastore-{store:05}"),
        _relation(vm, "USES", disk),
        _relation(disk, "STORED_ON", f"datastore-{store:05}"),
        _relation(vm, "CONNECTED_BY", port),
        _relation(port, "ATTACHED_TO", f"network-{store:05}"),
        _relation(vm, "ATTACHED_TO", f"network-{store:05}"),
    ]
    need = Relation(f"app-{number // VMS_AN_APPLICATION:05}", "NEEDS", vm, {"tier": "web", "needed": 2}, ("engine",))
    return [*found, need]


def _ci(uid: str, cls: str, **attributes: Value) -> Ci:
    known: dict[str, Value] = {"site": "site-1", **attributes}
    return Ci(uid=uid, cls=cls, name=uid, attributes=known, sources={"engine": Claim(uid, 1, known)}, created=AT, changed=AT)


def _relation(source: str, verb: str, target: str) -> Relation:
    return Relation(source, verb, target, {}, ("engine",))
