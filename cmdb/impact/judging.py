"""What becomes of a CI when what it needs is in such and such a state.  Pure: the rules as declared, but for restarts (`failover`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from cmdb.impact.states import State
from cmdb.impact.view import Need
from cmdb.model.rules import AllOf, AnyOf, Degrades, KOfN

StateOf = Callable[[str], State]
NameOf = Callable[[str], str]


class Cause(NamedTuple):
    """Why a CI is in a state: the relation that brought it about, and a sentence."""

    need: Need
    reason: str


class Verdict(NamedTuple):
    """A state, and why; up has no cause."""

    state: State
    cause: Cause | None = None


FINE = Verdict(State.UP)


def judge(needs: Iterable[Need], state_of: StateOf, name_of: NameOf) -> Verdict:
    """The worst of what its needs make of a CI."""
    worst = FINE
    groups: dict[tuple[str, str], list[Need]] = {}
    for need in needs:
        match need.rule:
            case AllOf():
                found = state_of(need.target)
                if found > worst.state:
                    worst = Verdict(found, Cause(need, f"needs {name_of(need.target)}, which is {found.word}"))
            case Degrades():
                if state_of(need.target) > State.UP and worst.state is State.UP:
                    worst = Verdict(
                        State.DEGRADED, Cause(need, f"works worse without {name_of(need.target)}, which is {state_of(need.target).word}")
                    )
            case AnyOf(group=group):
                groups.setdefault(("any", group), []).append(need)
            case KOfN(group_by=key):
                groups.setdefault(("tier", str(need.relation.properties.get(key, ""))), []).append(need)
            case _:
                pass
    for (_, name), members in groups.items():
        found_of_group = _judge_group(name, members, state_of)
        if found_of_group.state > worst.state:
            worst = found_of_group
    return worst


def _judge_group(name: str, members: Sequence[Need], state_of: StateOf) -> Verdict:
    """Of things that stand in for one another: too few left is down, fewer than all, or none at its best, is degraded."""
    states = [(state_of(need.target), need) for need in members]
    lost = [need for state, need in states if state is State.DOWN]
    alive = len(members) - len(lost)
    needed = needed_of(members)
    if isinstance(members[0].rule, KOfN):
        label = f"tier {name}" if name else "its machines"
        worse = [need for state, need in states if state is State.DEGRADED]
    else:
        label = name
        worse = [need for state, need in states if state is State.DEGRADED] if all(state > State.UP for state, _ in states) else []
    tally = f"{label}: {alive} of {len(members)} left, {needed} needed"
    if alive < needed:
        return Verdict(State.DOWN, Cause(lost[0], tally))
    if lost:
        return Verdict(State.DEGRADED, Cause(lost[0], tally))
    if worse:
        return Verdict(State.DEGRADED, Cause(worse[0], f"{label}: {len(worse)} of {len(members)} degraded"))
    return FINE


def needed_of(members: Sequence[Need]) -> int:
    """How many of a group must be left."""
    return min(max((_count(need, need.rule.needed) if isinstance(need.rule, KOfN) else 1 for need in members), default=1), len(members))


def _count(need: Need, name: str) -> int:
    found = need.relation.properties.get(name, 1)
    return found if isinstance(found, int) else 1
