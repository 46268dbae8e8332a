"""What the relay is given: the same whether it keeps up or reads the journal, and nothing twice or left out."""

from __future__ import annotations

import pytest

from dcsim.events import Envelope, encode_envelope
from emulators.world import outbox
from emulators.world.decisions.power import PowerOff, PowerOn
from emulators.world.outbox import Outbox
from tests.unit.world.lab import Lab


async def drain(source: Outbox, after: int, limit: int = 500) -> list[Envelope]:
    """Everything after a sequence number, as the relay reads it."""
    found: list[Envelope] = []
    while some := await source.read(found[-1].sequence if found else after, limit):
        found += some
    return found


async def test_memory_and_journal_give_the_same_events(lab: Lab) -> None:
    before, keeping_up = lab.world.sequence, Outbox(lab.world, source="/dcsim/w")
    for operation in (PowerOff(vm=lab.vm().uid), PowerOn(vm=lab.vm().uid)):
        lab.run(operation)
    late = await drain(Outbox(lab.world, source="/dcsim/w"), before)
    assert [encode_envelope(one) for one in await drain(keeping_up, before)] == [encode_envelope(one) for one in late]
    assert [one.sequence for one in late] == list(range(before + 1, lab.world.sequence + 1))
    assert await keeping_up.read(lab.world.sequence, 500) == ()


async def test_a_relay_that_falls_behind_reads_the_journal(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "RECENT", 3)
    before, source = lab.world.sequence, Outbox(lab.world, source="/dcsim/w")
    for operation in (PowerOff(vm=lab.vm().uid), PowerOn(vm=lab.vm().uid), PowerOff(vm=lab.vm("db").uid)):
        lab.run(operation)
    for limit in (1, 2, 500):
        assert [one.sequence for one in await drain(source, before, limit)] == list(range(before + 1, lab.world.sequence + 1))
