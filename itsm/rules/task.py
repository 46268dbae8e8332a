"""Rules of all tickets: who opened them when, and how urgent they are."""

from __future__ import annotations

from typing import Final

from itsm.draft import Draft
from itsm.rules.declare import rule

MATRIX: Final = {(1, 1): 1, (1, 2): 2, (2, 1): 2, (1, 3): 3, (2, 2): 3, (3, 1): 3, (2, 3): 4, (3, 2): 4, (3, 3): 5}
"""Priority by impact and urgency, as ServiceNow ships it (dl_u_priority)."""


@rule("task", order=10)
def opened(draft: Draft) -> None:
    """Who makes it has opened it, now."""
    if draft.new:
        draft["opened_by"] = draft.author.sys_id
        draft["opened_at"] = draft["opened_at"] or draft.now


@rule("task", order=20)
def prioritised(draft: Draft) -> None:
    """Priority follows from impact and urgency."""
    draft["priority"] = MATRIX[draft["impact"], draft["urgency"]]


@rule("task", order=900)
def closed(draft: Draft) -> None:
    """When it stops being active, somebody has closed it."""
    if not draft["active"] and (draft.new or draft.before["active"]):
        draft["closed_at"], draft["closed_by"] = draft.now, draft.author.sys_id
    elif draft["active"]:
        draft["closed_at"], draft["closed_by"] = None, ""
