"""One trial, from the copy of a journal to what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from dcsim.errors import AlreadyExists
from emulators.world.model import Entity
from emulators.world.trial.failing import failure_of
from emulators.world.trial.fork import Fork
from emulators.world.trial.observing import WATCHED, Observer

REST_SECONDS: Final = 900.0
"""Simulated seconds after which every law has taken its course: heartbeats, restarts, and boots that follow."""


class Sighting(msgspec.Struct, frozen=True):
    """Something that works otherwise than before: ``before`` and ``after`` are up, degraded or down."""

    uid: str
    kind: str
    name: str
    before: str
    after: str
    reason: str


class Trial(msgspec.Struct, frozen=True):
    """What came of failures: ``sequence`` is the world's last event at the fork, ``watched`` the kinds that were looked at.

    ``counts`` says how many of a kind there were, ``changed`` what works otherwise than before.
    """

    world: str
    sequence: int
    failed: tuple[str, ...]
    simulated_seconds: float
    events: int
    watched: tuple[str, ...]
    counts: dict[str, int]
    changed: tuple[Sighting, ...]


def try_failures(journal: Path, world: str, uids: Sequence[str]) -> Trial:
    """Let these entities fail together in the world of that journal, which is changed: give it a copy.

    Raises NotFound, NotSupported for what nothing can break, OperationalError when it does not come to rest.
    """
    with closing(Fork(journal)) as fork:
        commands = [command for uid in dict.fromkeys(uids) for command in failure_of(fork.state, fork.state.get(Entity, uid))]
        fork.rest(0.0)
        before = Observer(fork.state, fork.lost).all()
        fork.lost.clear()
        for command in commands:
            try:
                fork.do(command)
            except AlreadyExists:
                continue  # it has failed before
        passed = fork.rest(REST_SECONDS)
        after = Observer(fork.state, fork.lost).all()
        counts: dict[str, int] = {}
        for kind, _, _ in before.values():
            counts[kind] = counts.get(kind, 0) + 1
        changed = tuple(
            Sighting(uid, kind, name, before[uid][2].health, seen.health, fork.refused.get(uid) or seen.reason)
            for uid, (kind, name, seen) in after.items()
            if uid in before and before[uid][2].health is not seen.health
        )
        return Trial(
            world, fork.sequence, tuple(dict.fromkeys(uids)), passed, fork.world.sequence - fork.sequence, WATCHED, counts, changed
        )
