"""The machine that a VM of the inventory asks for."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from emulators.conductor.specs import machine_spec
from emulators.machines.policy import parse_policy
from emulators.world.inventory.generate import generate
from emulators.world.inventory.realise import realise
from emulators.world.model import Vm
from emulators.world.state import WorldState


def test_tags_reach_the_policy_of_containers_by_name() -> None:
    state = WorldState()
    for entity in realise(generate(7), 7, datetime(2026, 1, 1, tzinfo=UTC)):
        state.load(entity)
    vm = next(vm for vm in state.all(Vm) if vm.name == "shop-db-01")
    spec = machine_spec(state, msgspec.structs.replace(vm, tags=(*vm.tags, "gold")), "world-1")
    assert {name: value for name, value in spec.labels.items() if name.startswith("tag.")} == {
        "tag.app": "shop",
        "tag.env": "prod",
        "tag.tier": "db",
        "tag.gold": "",
    }
    assert parse_policy("app=shop").wants(spec, 0)
    assert parse_policy("tag=gold").wants(spec, 0)
    assert not parse_policy("app=payments").wants(spec, 0)
