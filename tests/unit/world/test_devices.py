"""Disks and NICs of VMs: where they are put, what they may become, whose they are."""

from __future__ import annotations

import pytest

from dcsim.errors import InsufficientResources, InvalidArgument, InvalidState, NotFound
from emulators.world import capacity
from emulators.world.decisions.hardware import DeviceChanges, DiskAdd, DiskRemove, DiskSet, PortAdd, PortSet
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.model import Disk, Port
from tests.unit.world.lab import GIB, Lab


def change(lab: Lab, name: str = "spare", **changes: tuple[object, ...]) -> None:
    lab.run(ReconfigureVm(vm=lab.vm(name).uid, devices=DeviceChanges(**changes)))  # type: ignore[arg-type]


def disks(lab: Lab, name: str = "spare") -> list[Disk]:
    return lab.state.where(Disk, "vm", lab.vm(name).uid)


def port(lab: Lab, name: str = "spare") -> Port:
    return lab.state.where(Port, "vm", lab.vm(name).uid)[0]


def test_new_disks_take_the_next_units_but_the_controller_s_own(lab: Lab) -> None:
    change(lab, add_disks=tuple(DiskAdd(capacity_bytes=GIB) for _ in range(8)))
    assert [disk.unit for disk in disks(lab)] == [0, 1, 2, 3, 4, 5, 6, 8, 9]
    assert len({disk.key for disk in disks(lab)}) == 9
    assert len({disk.path for disk in disks(lab)}) == 9


@pytest.mark.parametrize(
    ("disk", "field"),
    [
        (DiskAdd(capacity_bytes=GIB, unit=0), "unit"),
        (DiskAdd(capacity_bytes=0), "capacity_bytes"),
        (DiskAdd(capacity_bytes=-1), "capacity_bytes"),
        (DiskAdd(capacity_bytes=GIB, path="[ds-1] web/web.vmdk"), "path"),
    ],
)
def test_a_disk_that_cannot_be(lab: Lab, disk: DiskAdd, field: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        change(lab, add_disks=(disk,))
    assert refused.value.field == field


def test_a_thick_disk_takes_its_space_at_once(lab: Lab) -> None:
    free = capacity.datastore_space(lab.state, lab.datastore()).free
    change(lab, add_disks=(DiskAdd(capacity_bytes=100 * GIB, thin=False), DiskAdd(capacity_bytes=100 * GIB)))
    assert capacity.datastore_space(lab.state, lab.datastore()).free == free - 100 * GIB
    with pytest.raises(InsufficientResources) as refused:
        change(lab, add_disks=(DiskAdd(capacity_bytes=1 << 40, thin=False),))
    assert refused.value.resource == "disk"
    thick = disks(lab)[1]
    with pytest.raises(InsufficientResources):
        change(lab, set_disks=(DiskSet(disk=thick.uid, capacity_bytes=1 << 40),))


def test_a_disk_only_grows(lab: Lab) -> None:
    (disk,) = disks(lab)
    change(lab, set_disks=(DiskSet(disk=disk.uid, capacity_bytes=11 * GIB, mode="independent_persistent"),))
    assert (disks(lab)[0].capacity_bytes, disks(lab)[0].mode) == (11 * GIB, "independent_persistent")
    with pytest.raises(InvalidArgument, match="only grow"):
        change(lab, set_disks=(DiskSet(disk=disk.uid, capacity_bytes=GIB),))


def test_a_detached_disk_can_be_attached_elsewhere_once(lab: Lab) -> None:
    (disk,) = disks(lab)
    change(lab, remove_disks=(DiskRemove(disk=disk.uid),))
    assert lab.state.get(Disk, disk.uid).vm == ""
    change(lab, "db", add_disks=(DiskAdd(disk=disk.uid),))
    assert lab.state.get(Disk, disk.uid).vm == lab.vm("db").uid
    with pytest.raises(InvalidState, match="attached to another VM"):
        change(lab, add_disks=(DiskAdd(disk=disk.uid),))


def test_a_destroyed_disk_is_gone(lab: Lab) -> None:
    (disk,) = disks(lab)
    change(lab, remove_disks=(DiskRemove(disk=disk.uid, destroy=True),))
    assert lab.state.maybe(Disk, disk.uid) is None


@pytest.mark.parametrize("kind", ["disk", "port"])
def test_what_is_another_vm_s_is_not_there(lab: Lab, kind: str) -> None:
    theirs = disks(lab, "db")[0].uid if kind == "disk" else port(lab, "db").uid
    changes = DeviceChanges(set_disks=(DiskSet(disk=theirs),)) if kind == "disk" else DeviceChanges(remove_ports=(theirs,))
    with pytest.raises(NotFound, match=f"spare has no such {kind}") as refused:
        lab.do(ReconfigureVm(vm=lab.vm("spare").uid, devices=changes))
    assert refused.value.subject == theirs


def test_a_nic_gets_an_address_that_nobody_has(lab: Lab) -> None:
    network = lab.network().uid
    change(lab, add_ports=(PortAdd(network=network), PortAdd(network=network, mac="AA:BB:CC:00:00:01", ip="10.0.1.200")))
    ports = lab.state.where(Port, "network", network)
    assert len({one.ip for one in ports}) == len(ports)
    chosen = ports[-1]
    assert (chosen.mac, chosen.mac_type, chosen.ip) == ("aa:bb:cc:00:00:01", "manual", "10.0.1.200")
    with pytest.raises(InvalidArgument, match="taken or not in"):
        change(lab, add_ports=(PortAdd(network=network, ip="10.0.1.200"),))


def test_a_nic_that_moves_to_another_network_gets_an_address_of_it(lab: Lab) -> None:
    old = port(lab)
    change(lab, set_ports=(PortSet(port=old.uid, network=lab.network("net-2").uid),))
    assert (port(lab).mac, port(lab).ip) == (old.mac, "10.0.2.10")
    change(lab, set_ports=(PortSet(port=old.uid, ip="10.0.2.99", connected=False),))
    assert (port(lab).ip, port(lab).connected) == ("10.0.2.99", False)


def test_addresses_come_to_an_end(lab: Lab) -> None:
    network = lab.network().uid
    free = 254 - 9 - len(lab.state.where(Port, "network", network)) - 3  # gateways and appliances below .10, the hosts' own addresses
    change(lab, add_ports=tuple(PortAdd(network=network) for _ in range(free - 3)))
    with pytest.raises(InsufficientResources) as refused:
        change(lab, add_ports=tuple(PortAdd(network=network) for _ in range(7)))
    assert refused.value.resource == "address"
