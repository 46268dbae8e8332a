"""What a proof says when the graph is wrong, and what it leaves alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from cmdb.projection.engine import EngineUnreachable
from cmdb.proof import Trial, prove
from cmdb.proof.identity import CLASSES
from cmdb.proof.trial import _read
from cmdb.stores.port import Batch
from dcsim.errors import InvalidArgument, NotFound, NotSupported
from emulators.world.model import Datastore, Hypervisor, Network, Vm, encode_entity
from emulators.world.trial import WATCHED
from tests.unit.cmdb.proof import inventories
from tests.unit.cmdb.proof.datacenter import Datacenter


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Datacenter]:
    """The awkward one."""
    opened = await inventories.awkward(tmp_path).open()
    yield opened
    await opened.close()


def test_every_kind_that_a_trial_looks_at_has_a_class() -> None:
    assert set(WATCHED) == set(CLASSES)


async def test_the_world_and_the_graph_are_left_alone(made: Datacenter) -> None:
    before = {entity.uid: encode_entity(entity) for entity in made.world.state}
    sequence, time, digest = made.world.sequence, made.world.clock.now(), await made.store.digest()
    await made.prove([made.named(Hypervisor, "esx-1")])
    assert {entity.uid: encode_entity(entity) for entity in made.world.state} == before
    assert (made.world.sequence, made.world.clock.now()) == (sequence, time)
    assert await made.store.digest() == digest


async def test_a_relation_that_is_missing_is_named(made: Datacenter) -> None:
    """Without the word of where a VM's files lie, its end is missed, and the proof says which relation is suspect."""
    store = made.named(Datastore, "one")
    vm = await made.ci(made.named(Vm, "pinned"))
    await made.store.apply(Batch(unrelated=[one.key for one in await made.store.relations_of([vm], "out", ["STORED_ON", "USES"])]))
    proof = await made.prove([store])
    assert proof.scores["down"].recall < 1
    (missed,) = [one for one in proof.differences if one.ci.uid == vm]
    assert (missed.predicted, missed.observed) == ("up", "down")
    assert "not accessible" in missed.seen
    assert missed.suspect is not None
    assert not proof.holds(0.95)


async def test_a_relation_that_is_wrong_is_named(made: Datacenter) -> None:
    vm, wrong = await made.ci(made.named(Vm, "pair-1")), await made.ci(made.named(Datastore, "one"))
    (right,) = await made.store.relations_of([vm], "out", ["STORED_ON"])
    await made.store.apply(Batch(related=[msgspec.structs.replace(right, target=wrong)]))
    proof = await made.prove([made.named(Datastore, "one")])
    assert proof.scores["down"].precision < 1
    (false,) = [one for one in proof.differences if one.ci.uid == vm]
    assert (false.predicted, false.observed, false.seen) == ("down", "up", "works as before")
    assert false.suspect is not None
    assert (false.suspect.type, false.suspect.rule) == ("STORED_ON", "ALL_OF")
    assert false.suspect.target is not None
    assert false.suspect.target.name == "one"


async def test_names_uids_and_classes_choose(made: Datacenter) -> None:
    by_name = await prove(made.store, made.trial, ["Hypervisor:kvm-1"])
    assert by_name.failed[0].cls == "Hypervisor"
    assert (await prove(made.store, made.trial, [by_name.failed[0].uid])).failed == by_name.failed
    with pytest.raises(NotFound):
        await prove(made.store, made.trial, ["nothing"])
    with pytest.raises(NotSupported, match="Nothing breaks a network"):
        await made.prove([made.named(Network, "few")])


def test_what_the_engine_refuses_is_refused() -> None:
    assert _read("http://engine", 200, msgspec.json.encode(Trial("w", 1, 0.0, (), ()))).sequence == 1
    with pytest.raises(NotSupported, match="no"):
        _read("http://engine", 501, b'{"detail": "no"}')
    with pytest.raises(InvalidArgument):
        _read("http://engine", 400, b'{"detail": "no"}')
    with pytest.raises(EngineUnreachable):
        _read("http://engine", 503, b'{"detail": "away"}')
    with pytest.raises(EngineUnreachable):
        _read("http://engine", 200, b"hello")
