"""The past follows from now by undoing what has happened since."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from cmdb.history import Cause, PastCi, as_of, change_of_relation, changes_of_ci, difference, present
from cmdb.model import Ci, HistoryRow, Relation, Value
from dcsim.events import Actor

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ACTOR = Actor(principal="alice", api="vsphere", operation="PowerOffVM_Task")


def cause(minute: int) -> Cause:
    """Why something changed in that minute."""
    return Cause(at=NOW + timedelta(minutes=minute), actor=ACTOR, source="engine", event_id=f"e-{minute}", sequence=minute)


def vm(name: str = "web", **attributes: Value) -> Ci:
    """A VM."""
    return Ci(uid="vm", cls="VirtualMachine", name=name, attributes=attributes, created=NOW, changed=NOW)


def test_an_update_tells_what_changed_and_who_did_it() -> None:
    (row,) = changes_of_ci(vm(power="on", cpus=2), vm("www", power="off", cpus=2), cause(1))
    assert (row.op, row.before, row.after) == (
        "updated", {"name": "web", "attributes": {"power": "on"}}, {"name": "www", "attributes": {"power": "off"}},
    )  # fmt: skip
    assert (row.actor, row.event_id, row.sequence, row.at) == (ACTOR, "e-1", 1, NOW + timedelta(minutes=1))


def test_no_difference_no_row() -> None:
    assert changes_of_ci(vm(power="on"), msgspec.structs.replace(vm(power="on"), version=9), cause(1)) == []
    assert changes_of_ci(None, None, cause(1)) == []
    link = Relation("vm", "RUNS_ON", "host", {}, ("vsphere",))
    assert change_of_relation("VirtualMachine", link, msgspec.structs.replace(link, by=("engine",)), cause(1)) is None


def test_a_life_is_walked_back_step_by_step() -> None:
    old, new = Relation("vm", "RUNS_ON", "host-1"), Relation("vm", "RUNS_ON", "host-2")
    states = [None, vm(power="off"), vm(power="on"), vm("www", power="on", cpus=4), None]
    rows: list[HistoryRow] = []
    for minute, (before, after) in enumerate(pairwise(states), 1):
        rows += changes_of_ci(before, after, cause(minute))
        if minute == 2:
            moved = [change_of_relation("VirtualMachine", None, old, cause(2)), change_of_relation("VirtualMachine", old, None, cause(2))]
            rows += [row for row in [*moved, change_of_relation("VirtualMachine", None, new, cause(2))] if row]
    assert as_of({}, rows[::-1]) == {}
    past = as_of({}, [row for row in rows[::-1] if row.sequence > 2])["vm"]
    assert (past.name, past.attributes) == ("web", {"power": "on"})
    then = as_of(as_of({}, [row for row in rows[::-1] if row.sequence > 3]), [])
    assert then["vm"].attributes == {"power": "on", "cpus": 4}


@pytest.mark.parametrize("seed", range(20))
def test_any_past_can_be_had_back(seed: int) -> None:
    chance = random.Random(seed)
    now: Ci | None = None
    links: dict[tuple[str, str, str], Relation] = {}
    pasts: list[dict[str, PastCi]] = []
    rows: list[list[HistoryRow]] = []
    for minute in range(30):
        pasts.append({"vm": present(now, links.values())} if now else {})
        fields: dict[str, Value] = {name: chance.randrange(3) for name in ("cpus", "memory_bytes") if chance.random() < 0.7}
        after = vm(chance.choice(("web", "www")), **fields) if chance.random() < 0.85 else None
        changed = []
        if after is None and now is not None:
            changed += [change_of_relation("VirtualMachine", link, None, cause(minute)) for link in links.values()]
            links = {}
        changed += changes_of_ci(now, after, cause(minute))
        if after is not None:
            key = ("vm", "RUNS_ON", f"host-{chance.randrange(3)}")
            wanted = None if key in links else Relation(*key, {"n": minute})
            changed.append(change_of_relation("VirtualMachine", links.pop(key, None), wanted, cause(minute)))
            links |= {key: wanted} if wanted else {}
        rows.append([row for row in changed if row])
        now = after
    today = {"vm": present(now, links.values())} if now else {}
    for minute in range(30):
        since = [row for later in rows[minute:][::-1] for row in later[::-1]]
        assert as_of(today, since) == pasts[minute]
        assert difference(pasts[minute], as_of(today, since)) == []


def test_two_instants_are_told_apart() -> None:
    host, other = Relation("vm", "RUNS_ON", "host-1"), Relation("vm", "RUNS_ON", "host-2")
    (found,) = difference({"vm": present(vm(power="on"), [host])}, {"vm": present(vm(power="off"), [other])})
    assert found.op == "updated"
    assert found.fields == {"power": ("on", "off"), "RUNS_ON host-1": ({}, None), "RUNS_ON host-2": (None, {})}
    (gone,) = difference({"vm": present(vm(), [])}, {})
    assert (gone.op, gone.uid) == ("deleted", "vm")
