"""How a problem goes."""

from __future__ import annotations

from typing import Final

from itsm.draft import Draft
from itsm.model.tickets import ProblemState as S
from itsm.rules.declare import rule
from itsm.rules.flow import Flow

FLOW: Final = Flow[S](
    states=S,
    ways={
        S.NEW: frozenset({S.ASSESS, S.CLOSED}),
        S.ASSESS: frozenset({S.ROOT_CAUSE_ANALYSIS, S.RESOLVED, S.CLOSED}),
        S.ROOT_CAUSE_ANALYSIS: frozenset({S.FIX_IN_PROGRESS, S.RESOLVED, S.CLOSED}),
        S.FIX_IN_PROGRESS: frozenset({S.RESOLVED, S.ROOT_CAUSE_ANALYSIS}),
        S.RESOLVED: frozenset({S.ROOT_CAUSE_ANALYSIS, S.CLOSED}),
        S.CLOSED: frozenset(),
    },
    needs={
        S.ROOT_CAUSE_ANALYSIS: ("assigned_to",),
        S.FIX_IN_PROGRESS: ("cause_notes",),
        S.RESOLVED: ("resolution_code",),
        S.CLOSED: ("resolution_code",),
    },
    ended=frozenset({S.CLOSED}),
)


@rule("problem", order=30)
def judged(draft: Draft) -> None:
    """States follow the flow."""
    FLOW.judge(draft)


@rule("problem", order=50)
def resolved(draft: Draft) -> None:
    """Who resolved it, when."""
    done = draft["state"] in {S.RESOLVED, S.CLOSED}
    if done and draft["resolved_at"] is None:
        draft["resolved_at"], draft["resolved_by"] = draft.now, draft.author.sys_id
    elif not done:
        draft["resolved_at"], draft["resolved_by"] = None, ""
