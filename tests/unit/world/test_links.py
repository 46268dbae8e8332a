"""Law 3: which virtual NICs their segments reach, by the VLANs of the hosts' vNICs and the fabrics that work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from emulators.world.decide import Decision
from emulators.world.decisions import profiles
from emulators.world.decisions.components import ClearFault, InjectFault
from emulators.world.decisions.hardware import DeviceChanges, PortSet
from emulators.world.decisions.vms import MoveVm, ReconfigureVm
from emulators.world.model import FabricInterconnect, Hypervisor, Network, Port, ServiceProfile, Vm
from tests.unit.world.lab import INVENTORY, Lab
from tests.unit.world.test_profiles import decision_on

VLANS = INVENTORY.replace("10.0.1.0/24,", "10.0.1.0/24, vlan: 10,").replace("10.0.2.0/24,", "10.0.2.0/24, vlan: 20,")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """The world of the other tests with its segments on VLANs 10 and 20."""
    made = Lab(tmp_path, inventory=VLANS)
    yield made
    made.close()


def trunk(lab: Lab, host: str, **vlans: tuple[int, ...]) -> Decision:
    """Say what the vNICs of a host's profile carry, by fabric."""
    decision = decision_on(lab)
    (profile,) = (one for one in lab.state.all(ServiceProfile) if one.name == host)
    vnics = tuple(msgspec.structs.replace(vnic, vlans=vlans.get(vnic.leg, ())) for vnic in profile.vnics)
    decision.update(profiles.PROFILE_CHANGED, profile, vnics=vnics)
    return decision


def isolated(lab: Lab, vm: str = "web") -> list[str]:
    """The hosts that isolate the VM's cards."""
    return [port.isolated for port in lab.state.where(Port, "vm", lab.named(Vm, vm).uid)]


def test_who_carries_all_isolates_nobody(lab: Lab) -> None:
    assert [port.isolated for port in lab.state.all(Port)] == [""] * lab.state.count(Port)


def test_a_vlan_that_no_vnic_carries_is_lost_and_found(lab: Lab) -> None:
    decision = trunk(lab, "esx-1", A=(20,), B=(20, 30))
    assert isolated(lab) == [lab.host("esx-1").uid]
    (event,) = [event for event in decision.events if event.subject == lab.state.where(Port, "vm", lab.named(Vm, "web").uid)[0].uid]
    assert (event.type, event.detail, event.cause) == (
        "dcsim.network.port.isolated",
        {"host": "esx-1", "vlan": "10"},
        decision.events[0].id,
    )
    trunk(lab, "esx-1", A=(20,), B=(10,))
    assert isolated(lab) == [""]


def test_other_hosts_do_not_care(lab: Lab) -> None:
    trunk(lab, "esx-2", A=(20,), B=(20,))
    assert isolated(lab) == [""]
    assert isolated(lab, "spare") == [lab.host("esx-2").uid]


def test_one_fabric_carries_it_as_long_as_it_works(lab: Lab) -> None:
    trunk(lab, "esx-1", A=(10,), B=(20,))
    assert isolated(lab) == [""]
    fault = lab.do(InjectFault(code="fabric-interconnect-failure", subject=lab.named(FabricInterconnect, "ucs-A").uid))
    assert lab.host("esx-1").running
    assert isolated(lab) == [lab.host("esx-1").uid]
    lab.do(ClearFault(fault=fault))
    assert isolated(lab) == [""]


def test_a_vnic_with_failover_takes_the_other_fabric(lab: Lab) -> None:
    decision = trunk(lab, "esx-1", A=(10,), B=(20,))
    (profile,) = (one for one in lab.state.all(ServiceProfile) if one.name == "esx-1")
    vnics = tuple(msgspec.structs.replace(vnic, failover=vnic.leg == "A") for vnic in profile.vnics)
    decision.update(profiles.PROFILE_CHANGED, profile, vnics=vnics)
    lab.do(InjectFault(code="fabric-interconnect-failure", subject=lab.named(FabricInterconnect, "ucs-A").uid))
    assert isolated(lab) == [""]


def test_a_vm_that_moves_finds_what_its_new_host_carries(lab: Lab) -> None:
    trunk(lab, "esx-2", A=(20,), B=(20,))
    lab.do(MoveVm(vm=lab.named(Vm, "web").uid, host=lab.host("esx-2").uid))
    assert isolated(lab) == [lab.host("esx-2").uid]
    lab.do(MoveVm(vm=lab.named(Vm, "web").uid, host=lab.host("esx-1").uid))
    assert isolated(lab) == [""]


def test_a_card_on_another_segment_is_on_another_vlan(lab: Lab) -> None:
    trunk(lab, "esx-1", A=(20,), B=(20,))
    vm = lab.named(Vm, "web")
    (port,) = lab.state.where(Port, "vm", vm.uid)
    change = PortSet(port=port.uid, network=lab.named(Network, "net-2").uid)
    lab.finish(lab.begin(ReconfigureVm(vm=vm.uid, devices=DeviceChanges(set_ports=(change,)))))
    assert isolated(lab) == [""]


def test_a_host_that_is_down_says_nothing(lab: Lab) -> None:
    lab.do(InjectFault(code="host-crash", subject=lab.host("esx-1").uid))
    trunk(lab, "esx-1", A=(20,), B=(20,))
    assert lab.state.where(Port, "isolated", lab.host("esx-1").uid) == []
    assert lab.state.one(Hypervisor, "name", "esx-1") is not None
