"""Predict, then prove: the same failure in the graph and on a fork of the world, compared."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cmdb.impact import Affected, CiRef, impact_of
from cmdb.impact.report import ref
from cmdb.impact.states import State, labels_of
from cmdb.model import CLASSES as DECLARED
from cmdb.model import Ci
from cmdb.projection.hearing import HEARD
from cmdb.proof.identity import choose, cis_of, entity_of, is_watched
from cmdb.proof.report import UP, Difference, Proof, Suspect, matrix, scores
from cmdb.proof.suspecting import carried_too_much, did_not_carry
from cmdb.proof.trial import Trial, Trials
from cmdb.stores.port import GraphStore

HEARING_SECONDS: Final = 10.0
"""How long the graph may take to hear what the fork knew."""
EXPLAINED: Final = 50
"""For how many of the CIs that were missed a relation is looked for."""
_RANK: Final = {state.word: state for state in State}


class _Seen(NamedTuple):
    ci: CiRef
    state: str
    reason: str


async def prove(store: GraphStore, trials: Trials, named: Sequence[str]) -> Proof:
    """What was predicted for the failure of these CIs together, and what came of it.

    Raises NotFound, InvalidArgument (an ambiguous name), NotSupported (nothing can break it), and the errors of store and engine.
    """
    failed = await choose(store, named)
    trial = await trials([entity_of(ci) for ci in failed])
    is_stale = not await _heard(store, trial)
    seeds = {ci.uid for ci in failed}
    impact = await impact_of(store, [ci.uid for ci in failed])
    cis = await store.nodes([one.ci.uid for one in impact.affected])
    watched = {one.ci.uid: one for one in impact.affected if one.ci.uid in cis and is_watched(cis[one.ci.uid], trial.watched)}
    both = _Both(failed, watched, await _observed(store, trial, seeds))
    return Proof(
        failed=tuple(map(ref, failed)),
        sequence=trial.sequence,
        simulated_seconds=trial.simulated_seconds,
        is_stale=is_stale,
        scores=scores(both.expected, both.found, both.services),
        matrix=matrix(both.pairs.values()),
        classes=both.classes(),
        unobserved=dict(Counter(one.ci.cls for one in impact.affected if one.ci.uid not in watched)),
        differences=await _differences(store, both),
    )


async def _heard(store: GraphStore, trial: Trial) -> bool:
    """Whether the graph has heard all that the fork knew, after a while at the latest."""
    deadline = time.monotonic() + HEARING_SECONDS
    while True:
        cursor = await store.cursor(HEARD)
        if cursor is not None and cursor.epoch == trial.world and cursor.sequence >= trial.sequence:
            return True
        if cursor is None or cursor.epoch != trial.world or time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.1)


async def _observed(store: GraphStore, trial: Trial, seeds: set[str]) -> dict[str, _Seen]:
    """What got worse, by CI, but for what was made to fail."""
    worse = [one for one in trial.changed if _RANK[one.after] > _RANK[one.before]]
    cis = await cis_of(store, worse)
    found = {cis[one.uid].uid: _Seen(cis[one.uid], one.after, one.reason) for one in worse if one.uid in cis}
    return {uid: seen for uid, seen in found.items() if uid not in seeds}


class _Both:
    """Prediction and observation of what got worse in either."""

    def __init__(self, failed: Sequence[Ci], predicted: Mapping[str, Affected], observed: Mapping[str, _Seen]) -> None:
        self.failed = failed
        self.predicted = predicted
        self.observed = observed
        self.expected = {uid: one.after for uid, one in predicted.items()}
        self.found = {uid: seen.state for uid, seen in observed.items()}
        self.refs = {uid: one.ci for uid, one in predicted.items()} | {uid: seen.ci for uid, seen in observed.items()}
        self.pairs = {uid: (self.expected.get(uid, UP), self.found.get(uid, UP)) for uid in self.refs}

    @property
    def services(self) -> set[str]:
        """Applications and business services."""
        return {uid for uid, one in self.refs.items() if one.cls in DECLARED and "Service" in labels_of(one.cls)}

    def classes(self) -> dict[str, dict[str, int]]:
        """Class → how many were predicted, were observed, and agree."""
        counts = {one.cls: {"predicted": 0, "observed": 0, "agreed": 0} for one in sorted(self.refs.values(), key=lambda one: one.cls)}
        for uid, (expected, found) in self.pairs.items():
            row = counts[self.refs[uid].cls]
            row["predicted"] += uid in self.expected
            row["observed"] += uid in self.found
            row["agreed"] += expected == found
        return counts


async def _differences(store: GraphStore, both: _Both) -> tuple[Difference, ...]:
    """What was predicted otherwise than observed, the worst first, each with the relation to suspect."""
    refs = both.refs | {ci.uid: ref(ci) for ci in both.failed}
    wrong = {uid for uid, (expected, found) in both.pairs.items() if _RANK[expected] > _RANK[found]}
    hit = {*both.observed, *(ci.uid for ci in both.failed)}
    differences: list[Difference] = []
    for uid, (expected, found) in both.pairs.items():
        if expected == found:
            continue
        path = both.predicted[uid].path if uid in both.predicted else ()
        suspect: Suspect | None = None
        if uid in wrong:
            suspect = carried_too_much(path, wrong, refs)
        elif len(differences) < EXPLAINED:
            suspect = await did_not_carry(store, refs[uid], hit)
        seen = both.observed[uid].reason if uid in both.observed else "works as before"
        differences.append(Difference(refs[uid], expected, found, path, seen, suspect))
    differences.sort(key=lambda one: (abs(_RANK[one.predicted] - _RANK[one.observed]) < State.DOWN, one.ci.cls, one.ci.name))
    return tuple(differences)
