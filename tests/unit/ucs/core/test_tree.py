"""The tree: looking up, keeping what was made until it changes, and telling of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from emulators.ucs import records
from emulators.ucs.domain import Domain
from emulators.ucs.mit.node import NodeChange
from emulators.ucs.mit.tree import Tree
from emulators.ucs.records import ConfigMo
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.decisions.components import ClearFault, InjectFault, SetBladePower
from emulators.world.decisions.plant import InsertBlade
from emulators.world.model import Blade, BladePower, Chassis, FabricInterconnect
from tests.unit.world.lab import Lab

BLADE = "sys/chassis-1/blade-1"


class Put(Command, frozen=True, kw_only=True, tag="test.ucs.put"):
    """Make a record, change it in steps, or (no steps) delete it."""

    domain: str
    dn: str
    class_id: str = ""
    steps: tuple[dict[str, str], ...] = ()
    overrides: bool = False


@decides(Put)
def put(decision: Decision, command: Put) -> None:
    record = records.find(decision.state, command.domain, command.dn)
    if record is not None and not command.steps:
        records.delete(decision, record)
    for step in command.steps:
        if record is None:
            record = records.create(decision, command.domain, command.class_id, command.dn, step, overrides=command.overrides)
        else:
            record = records.change(decision, record, **step)


@pytest.fixture
def tree(domain: Domain) -> Tree:
    return domain.tree


@pytest.fixture
def told(tree: Tree) -> Iterator[list[NodeChange]]:
    """Every change, as watchers hear of it."""
    heard: list[NodeChange] = []

    def hear(changes: Sequence[NodeChange]) -> None:
        heard.extend(changes)

    stop = tree.watch(hear)
    yield heard
    stop()


def blade(lab: Lab, name: str = "ucs/1/1") -> Blade:
    return lab.named(Blade, name)


async def settle() -> None:
    """Let what is told in turns be told."""
    for _ in range(500):
        await asyncio.sleep(0)


def off(lab: Lab) -> None:
    lab.do(SetBladePower(blade=blade(lab).uid, power=BladePower.OFF))


def test_objects_are_found_by_dn(tree: Tree) -> None:
    for dn in (
        "sys",
        "org-root",
        BLADE,
        f"{BLADE}/board/cpu-2",
        f"{BLADE}/adaptor-1/host-eth-1",
        "sys/switch-A/slot-1/switch-ether/port-1",
    ):
        node = tree.find(dn)
        assert node is not None, dn
        assert node.dn == dn
    for dn in ("", "sys/", "sys/chassis-9", f"{BLADE}/board/cpu-3", "nowhere", "sys/chassis-1/blade-1/blade-1", "/sys"):
        assert tree.find(dn) is None, dn


def test_objects_are_found_by_class_in_order_of_creation(tree: Tree) -> None:
    assert [node.dn for node in tree.of_class("computeBlade")] == [BLADE, "sys/chassis-1/blade-2", "sys/chassis-2/blade-1"]
    assert len(tree.of_class("memoryUnit")) == (3 + 1) * 4
    assert tree.of_class("computeServerUnit") == []


def test_children_are_those_directly_below(tree: Tree) -> None:
    names = [node.rn for node in tree.children("sys/chassis-1")]
    assert names.count("blade-1") == 1
    assert {"blade-1", "blade-2", "psu-1", "slot-1", "slot-2", "fan-module-1-1", "locator-led"} <= set(names)
    assert [node.rn for node in tree.children("sys/chassis-1", "computeBlade")] == ["blade-1", "blade-2"]
    assert {node.dn for node in tree.children("")} >= {"sys", "org-root", "fabric"}
    assert tree.children("nowhere") == []


def test_every_object_is_reached_once_from_the_top(tree: Tree) -> None:
    dns = [node.dn for node in tree.subtree("")]
    assert len(dns) == len(set(dns))
    assert all(tree.find(dn) is not None for dn in dns)
    assert len(dns) > 400


def test_what_did_not_change_is_kept(lab: Lab, tree: Tree) -> None:
    before = {node.dn: node for node in tree.of_class("computeBlade")}
    boards = tree.of_class("computeBoard")
    off(lab)
    after = {node.dn: node for node in tree.of_class("computeBlade")}
    assert {dn for dn in before if before[dn] is not after[dn]} == {BLADE}
    assert after[BLADE].get("operPower") == "off"
    assert [node.dn for node in boards if tree.find(node.dn) is not node] == [f"{BLADE}/board"]


def test_the_joined_elements_follow(lab: Lab, tree: Tree) -> None:
    first = tree.joined("computeBlade")
    assert tree.joined("computeBlade") is first
    assert first.count(b"<computeBlade ") == 3
    assert b'operPower="off"' not in first
    off(lab)
    assert tree.joined("computeBlade").count(b'operPower="off"') == 1


def test_a_state_far_away_reaches_what_depends_on_it(lab: Lab, tree: Tree) -> None:
    assert [node.get("connPath") for node in tree.of_class("computeBlade")] == ["A,B"] * 3
    interconnect = next(one for one in lab.state.all(FabricInterconnect) if one.leg == "A")
    lab.do(InjectFault(code="fabric-interconnect-failure", subject=interconnect.uid))
    assert [node.get("connPath") for node in tree.of_class("computeBlade")] == ["B"] * 3


def test_a_label_is_laid_over_what_the_world_says(lab: Lab, tree: Tree) -> None:
    lab.do(Put(domain=tree.domain, dn=BLADE, class_id="computeBlade", steps=({"usrLbl": "mine"},), overrides=True))
    node = tree.find(BLADE)
    assert node is not None
    assert (node.get("usrLbl"), node.get("slotId")) == ("mine", "1")
    assert len(tree.of_class("computeBlade")) == 3
    lab.do(Put(domain=tree.domain, dn=BLADE))
    assert tree.of_class("computeBlade")[0].get("usrLbl") == ""


def test_a_label_of_nothing_is_not_shown(lab: Lab, tree: Tree) -> None:
    lab.do(Put(domain=tree.domain, dn="sys/chassis-7/blade-1", class_id="computeBlade", steps=({"usrLbl": "x"},), overrides=True))
    assert tree.find("sys/chassis-7/blade-1") is None
    assert len(tree.of_class("computeBlade")) == 3


def test_records_are_objects(lab: Lab, tree: Tree) -> None:
    count = len(tree.of_class("orgOrg"))
    lab.do(Put(domain=tree.domain, dn="org-root/org-a", class_id="orgOrg", steps=({"name": "a", "descr": "<&>"},)))
    assert len(tree.of_class("orgOrg")) == count + 1
    assert "org-root/org-a" in [node.dn for node in tree.children("org-root")]
    node = tree.find("org-root/org-a")
    assert node is not None
    assert b'descr="&lt;&amp;&gt;"' in node.element
    lab.do(Put(domain=tree.domain, dn="org-root/org-a"))
    assert tree.find("org-root/org-a") is None
    assert len(tree.of_class("orgOrg")) == count


def test_another_domains_records_are_not_ours(lab: Lab, tree: Tree) -> None:
    lab.do(Put(domain="another", dn="org-root/org-a", class_id="orgOrg", steps=({"name": "a"},)))
    assert tree.find("org-root/org-a") is None


async def test_watchers_hear_what_is_new_of_each_object(lab: Lab, tree: Tree, told: list[NodeChange]) -> None:
    await tree.warm()
    off(lab)
    await settle()
    changes = {change.node.dn: change for change in told}
    assert len(changes) == len(told)
    assert changes[BLADE].status == "modified"
    assert dict(changes[BLADE].changed) == {"operPower": "off", "operState": "power-off"}
    assert changes[f"{BLADE}/board"].changed["operPower"] == "off"
    assert changes["org-root/ls-esx-1"].changed == {"operState": "power-off"}
    assert "sys/chassis-1/blade-2" not in changes


async def test_watchers_hear_of_every_step_of_a_record(lab: Lab, tree: Tree, told: list[NodeChange]) -> None:
    lab.do(Put(domain=tree.domain, dn="org-root/org-a", class_id="orgOrg", steps=({"name": "a"},)))
    await tree.warm()
    told.clear()
    lab.do(Put(domain=tree.domain, dn="org-root/org-a", steps=({"descr": "one"}, {"descr": "two"}, {"descr": "two"})))
    await settle()
    assert [(change.status, dict(change.changed)) for change in told] == [("modified", {"descr": "one"}), ("modified", {"descr": "two"})]


async def test_watchers_hear_of_creation_and_deletion(lab: Lab, tree: Tree, told: list[NodeChange]) -> None:
    await tree.warm()
    lab.do(Put(domain=tree.domain, dn="org-root/org-a", class_id="orgOrg", steps=({"name": "a"},)))
    lab.do(Put(domain=tree.domain, dn="org-root/org-a"))
    assert [(change.status, change.node.dn) for change in told] == [("created", "org-root/org-a"), ("deleted", "org-root/org-a")]
    assert told[0].changed["name"] == "a"


async def test_a_blade_pushed_in_appears_with_all_its_parts(lab: Lab, tree: Tree, told: list[NodeChange]) -> None:
    await tree.warm()
    chassis = lab.named(Chassis, "ucs/2")
    lab.do(InsertBlade(chassis=chassis.uid, slot=3))
    await settle()
    created = {change.node.dn: change for change in told if change.status == "created"}
    dn = "sys/chassis-2/blade-3"
    assert {dn, f"{dn}/board", f"{dn}/board/cpu-1", f"{dn}/adaptor-1"} <= set(created)
    assert created[dn].changed["association"] == "none"
    assert dn in [node.dn for node in tree.of_class("computeBlade")]


async def test_a_fault_is_told_when_it_comes_and_when_it_goes(lab: Lab, tree: Tree, told: list[NodeChange]) -> None:
    await tree.warm()
    fault = lab.do(InjectFault(code="blade-failure", subject=blade(lab).uid))
    await settle()
    raised = [change for change in told if change.node.class_id == "faultInst" and change.status == "created"]
    assert f"{BLADE}/fault-F0317" in [change.node.dn for change in raised]
    told.clear()
    lab.do(ClearFault(fault=fault))
    await settle()
    gone = [change.node.dn for change in told if change.status == "deleted"]
    assert f"{BLADE}/fault-F0317" in gone


def test_records_are_found_within_a_transaction(lab: Lab, tree: Tree) -> None:
    state = lab.state
    (root,) = records.of_class(state, tree.domain, "orgOrg")
    assert isinstance(root, ConfigMo)
    assert root.dn == "org-root"
    under = [record.dn for record in records.children(state, tree.domain, "org-root")]
    assert "org-root/mac-pool-default" in under
    whole = [record.dn for record in records.subtree(state, tree.domain, "org-root")]
    assert whole[0] == "org-root"
    assert set(under) < set(whole)
    assert records.find(state, tree.domain, BLADE) is None


async def test_a_large_change_is_told_in_turns_and_whole(
    lab: Lab, tree: Tree, told: list[NodeChange], monkeypatch: pytest.MonkeyPatch
) -> None:
    await tree.warm()
    monkeypatch.setattr("emulators.ucs.mit.telling.TURN_SECONDS", 0.0)
    interconnect = next(one for one in lab.state.all(FabricInterconnect) if one.leg == "A")
    lab.do(InjectFault(code="fabric-interconnect-failure", subject=interconnect.uid))
    first = len(told)
    await settle()
    assert first < len(told)
    changed = [change.node.dn for change in told]
    assert len(changed) == len(set(changed))
    assert {BLADE, "sys/chassis-2/blade-1", "sys/switch-A", "sys/switch-A/fault-F0291"} < set(changed)


async def test_what_changes_again_before_it_is_told_is_told_once(
    lab: Lab, tree: Tree, told: list[NodeChange], monkeypatch: pytest.MonkeyPatch
) -> None:
    await tree.warm()
    monkeypatch.setattr("emulators.ucs.mit.telling.TURN_SECONDS", 0.0)
    for power in (BladePower.OFF, BladePower.ON, BladePower.OFF):
        lab.do(SetBladePower(blade=blade(lab).uid, power=power))
        assert tree.of_class("computeBlade")[0].get("operPower") == power.value
    await settle()
    (change,) = [change for change in told if change.node.dn == BLADE]
    assert change.changed["operPower"] == "off"
