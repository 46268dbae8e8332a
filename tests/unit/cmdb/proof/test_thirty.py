"""Thirty seeded failures of different kinds: what the graph predicts is what the world does, in each and on the whole."""

from __future__ import annotations

import random
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from statistics import fmean

import pytest

from cmdb.proof import Proof
from tests.unit.cmdb.proof import inventories
from tests.unit.cmdb.proof.datacenter import Datacenter
from tests.unit.cmdb.proof.failures import FAILURES, Failure

AT_LEAST = 0.95
QUESTIONS = ("down", "affected", "services_down", "services_affected")
Ask = Callable[[Failure], Awaitable[Proof]]


@pytest.fixture
async def ask(tmp_path: Path) -> AsyncIterator[Ask]:
    """Proves one of them in its datacenter, which is made when it is first needed."""
    made: dict[str, Datacenter] = {}

    async def proven(failure: Failure) -> Proof:
        if failure.where not in made:
            folder = tmp_path / failure.where
            folder.mkdir()
            made[failure.where] = await getattr(inventories, failure.where)(folder).open()
        chance = random.Random(zlib.crc32(f"{failure.name}0".encode()))
        return await made[failure.where].prove(failure.draw(made[failure.where], chance))

    yield proven
    for one in made.values():
        await one.close()


async def test_thirty_failures_are_predicted(ask: Ask) -> None:
    assert len(FAILURES) == len({failure.name for failure in FAILURES}) == 30
    proofs = {failure.name: await ask(failure) for failure in FAILURES}
    for name, proof in proofs.items():
        assert proof.holds(AT_LEAST), (name, proof.scores, proof.differences)
        assert not proof.is_stale
    for question in QUESTIONS:
        scores = [proof.scores[question] for proof in proofs.values()]
        assert fmean(score.precision for score in scores) >= AT_LEAST
        assert fmean(score.recall for score in scores) >= AT_LEAST
        assert sum(1 for score in scores if score.observed) >= 10, "most of the failures must do something to be a proof"


async def test_not_everything_finds_room(ask: Ask) -> None:
    """The proof would be cheap if high availability always had room."""
    failure = next(one for one in FAILURES if one.what == "more hosts than there is room for")
    proof = await ask(failure)
    rows = proof.classes["VirtualMachine"]
    assert rows["agreed"] == rows["observed"]
    assert proof.matrix["down"]["down"] > 5
    assert proof.matrix["degraded"]["degraded"] > 5
