"""The states of the CIs of a view: as they are, and under an assumption."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.impact.judging import FINE, Cause, Verdict, judge
from cmdb.impact.states import State, is_observed, own_state
from cmdb.impact.view import View


class Baseline:
    """How things are before anything is assumed: redundancy that is spent already counts."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._states: dict[str, State] = {}

    def state(self, uid: str) -> State:
        """The state of a CI."""
        found = self._states.get(uid)
        if found is not None:
            return found
        ci = self._view.cis.get(uid)
        if ci is None:
            return State.UP  # gone since its relation was read
        state = self._states[uid] = own_state(ci)
        return state

    def settle(self, expanded: Iterable[str]) -> None:
        """Take in CIs all of whose needs the view has come to know."""
        waiting = [uid for uid in expanded if not is_observed(self._view.cis[uid])]
        while waiting:
            uid = waiting.pop()
            verdict = judge(self._view.needs_of(uid), self.state, self._view.name_of)
            if verdict.state > self.state(uid):
                self._states[uid] = verdict.state
                waiting += [one for one in self._view.dependants.get(uid, ()) if self._settles(one)]

    def _settles(self, uid: str) -> bool:
        return self._view.is_expanded(uid) and not is_observed(self._view.cis[uid])


class Assumption:
    """How things would be.  States only get worse, each change with its cause, so that cycles in the graph come to an end."""

    def __init__(self, view: View, baseline: Baseline) -> None:
        self._view = view
        self._baseline = baseline
        self._changed: dict[str, Verdict] = {}

    def state(self, uid: str) -> State:
        """The state of a CI."""
        found = self._changed.get(uid)
        return self._baseline.state(uid) if found is None else found.state

    def cause(self, uid: str) -> Cause | None:
        """Why it is worse than before; None for what was assumed, and for what is not worse."""
        return self._changed.get(uid, FINE).cause

    @property
    def changed(self) -> list[str]:
        """What is worse than before, in the order in which it became so."""
        return list(self._changed)

    def worsen(self, uid: str, verdict: Verdict) -> bool:
        """Take a verdict in; answers whether it changed anything."""
        if verdict.state <= self.state(uid):
            return False
        self._changed[uid] = verdict
        return True

    def review(self, uid: str) -> bool:
        """Judge a CI by what it needs; answers whether it became worse."""
        state = self._news if is_observed(self._view.cis[uid]) else self.state
        return self.worsen(uid, judge(self._view.needs_of(uid), state, self._view.name_of))

    def _news(self, uid: str) -> State:
        """The state of what has got worse; the CI itself shows already what the rest does to it."""
        found = self._changed.get(uid)
        return State.UP if found is None else found.state
