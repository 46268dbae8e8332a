"""How an incident goes."""

from __future__ import annotations

from typing import Final

from itsm.draft import Draft
from itsm.model.tickets import IncidentState as S
from itsm.rules.declare import rule
from itsm.rules.flow import Flow

FLOW: Final = Flow[S](
    states=S,
    ways={
        S.NEW: frozenset({S.IN_PROGRESS, S.ON_HOLD, S.RESOLVED, S.CANCELED}),
        S.IN_PROGRESS: frozenset({S.ON_HOLD, S.RESOLVED, S.CANCELED}),
        S.ON_HOLD: frozenset({S.IN_PROGRESS, S.RESOLVED, S.CANCELED}),
        S.RESOLVED: frozenset({S.IN_PROGRESS, S.CLOSED}),
        S.CLOSED: frozenset(),
        S.CANCELED: frozenset(),
    },
    needs={
        S.ON_HOLD: ("hold_reason",),
        S.RESOLVED: ("close_code", "close_notes"),
        S.CLOSED: ("close_code", "close_notes"),
    },
    ended=frozenset({S.CLOSED, S.CANCELED}),
)
DONE: Final = frozenset({S.RESOLVED, S.CLOSED})


@rule("incident", order=30)
def judged(draft: Draft) -> None:
    """States follow the flow."""
    FLOW.judge(draft)


@rule("incident", order=40)
def waiting(draft: Draft) -> None:
    """The reason for waiting goes with the wait."""
    if draft["state"] != S.ON_HOLD:
        draft["hold_reason"] = 0


@rule("incident", order=50)
def resolved(draft: Draft) -> None:
    """Who resolved it, when; work on a resolved one reopens it, and what was said of the resolution goes."""
    was_done = not draft.new and draft.before["state"] in DONE
    if draft["state"] in DONE:
        if not was_done:
            draft["resolved_at"], draft["resolved_by"] = draft.now, draft.author.sys_id
    elif was_done:
        draft["reopen_count"] += 1
        draft["resolved_at"], draft["resolved_by"], draft["close_code"], draft["close_notes"] = None, "", "", ""
