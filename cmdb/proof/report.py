"""What a proof says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from cmdb.impact import CiRef, Step
from cmdb.impact.states import State

DOWN = State.DOWN.word
UP = State.UP.word


class Score(msgspec.Struct, frozen=True):
    """How two sets of CIs agree: ``precision`` is the share of what was predicted that was observed, ``recall`` the other way round.

    With nothing predicted the precision is 1, with nothing observed the recall.
    """

    predicted: int
    observed: int
    both: int
    precision: float
    recall: float


class Suspect(msgspec.Struct, frozen=True):
    """A relation that may be the wrong one, or miss: from ``source`` to ``target``, with its ``rule``; empty where there is none."""

    source: CiRef
    type: str
    target: CiRef | None
    rule: str
    sentence: str


class Difference(msgspec.Struct, frozen=True):
    """A CI that was predicted to end up otherwise than it was observed.

    ``path`` is the prediction's explanation, ``seen`` what the world said, ``suspect`` the nearest relation that may be at fault.
    """

    ci: CiRef
    predicted: str
    observed: str
    path: tuple[Step, ...]
    seen: str
    suspect: Suspect | None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Prediction against observation.  The CIs that were made to fail are not counted.

    ``scores`` are by question: down, affected (down or degraded), services_down and services_affected (applications and business
    services); ``matrix`` counts predicted state → observed state → CIs of those that got worse in either; ``unobserved`` counts CIs by
    class of which the world does not show how they are.  ``is_stale``: the graph had not heard all that the fork knew.
    """

    failed: tuple[CiRef, ...]
    sequence: int
    simulated_seconds: float
    is_stale: bool
    scores: dict[str, Score]
    matrix: dict[str, dict[str, int]]
    classes: dict[str, dict[str, int]]
    unobserved: dict[str, int]
    differences: tuple[Difference, ...]

    def holds(self, at_least: float) -> bool:
        """Whether every precision and recall is at least so much."""
        return all(min(score.precision, score.recall) >= at_least for score in self.scores.values())


def score(predicted: Collection[str], observed: Collection[str]) -> Score:
    """How these uids agree."""
    both = len(set(predicted) & set(observed))
    return Score(
        len(predicted),
        len(observed),
        both,
        round(both / len(predicted), 4) if predicted else 1.0,
        round(both / len(observed), 4) if observed else 1.0,
    )


def scores(predicted: Mapping[str, str], observed: Mapping[str, str], services: Collection[str]) -> dict[str, Score]:
    """Of what got worse: uid → state, as predicted and as observed."""

    def of(states: Mapping[str, str], *, down: bool, within: Collection[str] | None) -> set[str]:
        return {uid for uid, state in states.items() if (state == DOWN or not down) and (within is None or uid in within)}

    questions = {"down": (True, None), "affected": (False, None), "services_down": (True, services), "services_affected": (False, services)}
    return {
        name: score(of(predicted, down=down, within=within), of(observed, down=down, within=within))
        for name, (down, within) in questions.items()
    }


def matrix(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """(predicted, observed) states → how many of each."""
    found: dict[str, dict[str, int]] = {}
    for predicted, observed in pairs:
        row = found.setdefault(predicted, {})
        row[observed] = row.get(observed, 0) + 1
    return found
