"""The world as UCS Manager shows it: every object is one that the schema allows, and the laws are seen in it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emulators.ucs.domain import Domain
from emulators.ucs.mit.node import Node
from emulators.ucs.projection.statistics import counted
from emulators.ucs.schema import naming
from emulators.ucs.schema.validation import is_valid
from emulators.world.decisions.components import FAULT_KINDS, ClearFault, InjectFault, SetBladePower
from emulators.world.model import Blade, BladePower, Entity, FabricInterconnect, FiPort, IoModule, PowerFeed, PowerSupply, ServiceProfile
from tests.unit.world.lab import NOW, Lab

BLADE = "sys/chassis-1/blade-1"


def everything(domain: Domain) -> list[Node]:
    return list(domain.tree.subtree(""))


def wrong(domain: Domain) -> list[str]:
    """What an object has that its class does not allow: values, names, places."""
    found = []
    for node in everything(domain):
        for name, value in node.given.items():
            if not is_valid(node.meta.props[name], value):
                found.append(f"{node.dn}: {name}={value!r}")
        if (naming.naming_of(node.meta, node.rn) or {}).items() - {(name, node.get(name)) for name in node.meta.naming}:
            found.append(f"{node.dn}: naming properties")
        parent = domain.tree.find(node.parent) if node.parent else None
        if parent is not None and not naming.is_parent(parent.meta, node.meta):
            found.append(f"{node.dn}: {node.class_id} under {parent.class_id}")
        if parent is None and node.parent:
            found.append(f"{node.dn}: its parent is not shown")
    return found


def get(domain: Domain, dn: str, *names: str) -> list[str | None]:
    node = domain.tree.find(dn)
    assert node is not None, dn
    return [node.get(name) for name in names]


def strike(lab: Lab, code: str, entity: Entity) -> str:
    uid: str = lab.do(InjectFault(code=code, subject=entity.uid))
    return uid


def fault_codes(domain: Domain) -> set[str]:
    return {f"{node.parent.rpartition('/')[2]}:{node.get('code')}" for node in domain.tree.of_class("faultInst")}


def test_everything_is_as_the_schema_allows(domain: Domain) -> None:
    assert wrong(domain) == []


@pytest.mark.parametrize("code", [code for code, kind in FAULT_KINDS.items() if kind.subject.__name__ not in {"Datastore", "StorageArray"}])
def test_it_stays_so_whatever_breaks(lab: Lab, domain: Domain, code: str) -> None:
    subject = lab.breakable(code)
    before = {node.dn for node in everything(domain)}
    fault = strike(lab, code, subject)
    assert wrong(domain) == []
    lab.do(ClearFault(fault=fault))
    assert {node.dn for node in everything(domain)} == before


def test_a_blade_is_its_hardware_with_its_profiles_identity(lab: Lab, domain: Domain) -> None:
    blade = lab.named(Blade, "ucs/1/1")
    profile = lab.state.get(ServiceProfile, blade.profile)
    assert get(domain, BLADE, "serial", "originalUuid", "uuid", "assignedToDn", "association", "operPower", "operState") == [
        blade.serial,
        blade.original_uuid,
        profile.uuid,
        "org-root/ls-esx-1",
        "associated",
        "on",
        "ok",
    ]
    assert get(domain, f"{BLADE}/adaptor-1/host-eth-1", "mac", "vnicDn") == [
        profile.vnics[0].mac.upper(),
        "org-root/ls-esx-1/ether-eth0",
    ]
    assert get(domain, "org-root/ls-esx-1/ether-eth0", "addr", "equipmentDn") == [
        profile.vnics[0].mac.upper(),
        f"{BLADE}/adaptor-1/host-eth-1",
    ]
    assert get(domain, "org-root/ls-esx-1", "uuid", "pnDn", "assocState") == [profile.uuid, BLADE, "associated"]
    assert get(domain, "org-root/ls-esx-1/pn", "pnDn", "operState") == [BLADE, "used"]


def test_components_are_counted(domain: Domain) -> None:
    assert get(domain, BLADE, "numOfCpus", "numOfCores", "numOfThreads", "totalMemory", "numOfEthHostIfs", "numOfFcHostIfs") == [
        "2",
        "24",
        "48",
        "65536",
        "2",
        "2",
    ]
    assert len(domain.tree.children(f"{BLADE}/board", "processorUnit")) == 2
    assert sum(int(node.get("capacity") or 0) for node in domain.tree.children(f"{BLADE}/board/memarray-1", "memoryUnit")) == 65536


def test_power_off_is_seen(lab: Lab, domain: Domain) -> None:
    lab.do(SetBladePower(blade=lab.named(Blade, "ucs/1/1").uid, power=BladePower.OFF))
    assert get(domain, BLADE, "operPower", "operState", "association") == ["off", "power-off", "associated"]
    assert get(domain, f"{BLADE}/board", "operPower") == ["off"]
    assert get(domain, f"{BLADE}/adaptor-1/host-eth-1", "linkState") == ["down"]
    assert get(domain, "org-root/ls-esx-1", "operState") == ["power-off"]


def test_a_feed_that_dies_takes_its_supplies_but_not_the_chassis(lab: Lab, domain: Domain) -> None:
    feed = next(iter(lab.state.all(PowerFeed)))
    strike(lab, "power-feed-loss", feed)
    dead = lab.state.where(PowerSupply, "feed", feed.uid)
    assert dead
    assert {tuple(get(domain, domain.tree.dn_of(one.uid), "power", "operability")) for one in dead} == {("offline", "operable")}
    assert get(domain, "sys/chassis-1", "power", "operState") == ["redundancy-failed", "power-problem"]
    assert get(domain, BLADE, "operState") == ["ok"]
    assert {"psu-1:F0528", "chassis-1:F0408"} <= fault_codes(domain)


def test_both_feeds_take_the_chassis(lab: Lab, domain: Domain) -> None:
    for feed in lab.state.all(PowerFeed):
        strike(lab, "power-feed-loss", feed)
    assert get(domain, "sys/chassis-1", "power") == ["failed"]
    assert get(domain, BLADE, "operPower", "operState") == ["unknown", "power-problem"]
    (chassis_fault,) = [node for node in domain.tree.children("sys/chassis-1", "faultInst") if node.get("code") == "F0408"]
    assert (chassis_fault.get("severity"), chassis_fault.get("ack")) == ("critical", "no")


def test_one_fabric_down_halves_the_paths(lab: Lab, domain: Domain) -> None:
    interconnect = next(one for one in lab.state.all(FabricInterconnect) if one.leg == "A")
    strike(lab, "fabric-interconnect-failure", interconnect)
    assert get(domain, "sys/switch-A", "operability") == ["inoperable"]
    assert get(domain, "sys/mgmt-entity-B", "leadership", "haReady") == ["primary", "no"]
    assert get(domain, BLADE, "connPath", "operState") == ["B", "ok"]
    assert get(domain, f"{BLADE}/adaptor-1/host-eth-1", "linkState") == ["down"]
    assert get(domain, f"{BLADE}/adaptor-1/host-eth-2", "linkState") == ["up"]
    assert "switch-A:F0291" in fault_codes(domain)


def test_parts_that_break_have_their_faults(lab: Lab, domain: Domain) -> None:
    strike(lab, "psu-failure", next(iter(lab.state.all(PowerSupply))))
    strike(lab, "io-module-failure", next(iter(lab.state.all(IoModule))))
    strike(lab, "link-down", next(iter(lab.state.all(FiPort))))
    strike(lab, "blade-failure", lab.named(Blade, "ucs/1/2"))
    strike(lab, "blade-removed", lab.named(Blade, "ucs/2/1"))
    assert {"psu-1:F0374", "slot-1:F0478", "port-1:F0276", "blade-2:F0317", "blade-1:F0319"} <= fault_codes(domain)
    assert get(domain, "sys/chassis-2/blade-1", "presence", "operState") == ["missing", "removed"]


def test_a_fault_begins_with_its_cause_and_has_a_number_of_its_own(lab: Lab, domain: Domain) -> None:
    supply = next(iter(lab.state.all(PowerSupply)))
    lab.clock.step(60)
    first = strike(lab, "psu-failure", supply)
    dn = "sys/chassis-1/psu-1/fault-F0374"
    created, number = get(domain, dn, "created", "id")
    assert created == "2026-01-01T00:01:00.000"
    lab.do(ClearFault(fault=first))
    assert domain.tree.find(dn) is None
    lab.clock.step(60)
    strike(lab, "psu-failure", supply)
    assert get(domain, dn, "created") == ["2026-01-01T00:02:00.000"]
    assert get(domain, dn, "id") != [number]


def test_statistics_move_with_time_and_hold_in_between(lab: Lab, domain: Domain) -> None:
    dn = f"{BLADE}/board/power-stats"
    (first,) = get(domain, dn, "consumedPower")
    lab.clock.step(30)
    assert get(domain, dn, "consumedPower") == [first]
    lab.clock.step(31)
    assert get(domain, dn, "consumedPower", "timeCollected") != [first]
    assert get(domain, dn, "timeCollected") == ["2026-01-01T00:01:00.000"]


def test_a_blade_that_is_off_draws_standby_power(lab: Lab, domain: Domain) -> None:
    dn = f"{BLADE}/board/power-stats"
    on = float(get(domain, dn, "consumedPower")[0] or 0)
    before = float(get(domain, "sys/chassis-1/stats", "outputPower")[0] or 0)
    lab.do(SetBladePower(blade=lab.named(Blade, "ucs/1/1").uid, power=BladePower.OFF))
    off = float(get(domain, dn, "consumedPower")[0] or 0)
    after = float(get(domain, "sys/chassis-1/stats", "outputPower")[0] or 0)
    assert 100 < on < 420
    assert off == 14.0
    assert before - after == pytest.approx(on - off, abs=0.01)


def test_what_the_supplies_put_out_is_what_the_chassis_draws(domain: Domain) -> None:
    drawn = float(get(domain, "sys/chassis-1/stats", "outputPower")[0] or 0)
    supplied = [float(get(domain, f"sys/chassis-1/psu-{slot}/stats", "outputPower")[0] or 0) for slot in range(1, 5)]
    assert sum(supplied) == pytest.approx(drawn, abs=0.01)


def test_counters_never_go_back() -> None:
    values = [counted(NOW + timedelta(minutes=minute * 7), NOW, 1000.0) for minute in range(2000)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(1000.0 * 2000 * 7 * 60, rel=0.02)
    assert counted(NOW - timedelta(days=1), NOW, 1000.0) == 0
