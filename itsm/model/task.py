"""What incidents, problems and changes have in common: somebody's work, with a number, a state and an owner."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from itsm.model.declare import INDEXED, OURS, Record, choice, label, many, ref, table, text

IMPACT: Final = {1: "1 - High", 2: "2 - Medium", 3: "3 - Low"}
URGENCY: Final = IMPACT
PRIORITY: Final = {1: "1 - Critical", 2: "2 - High", 3: "3 - Moderate", 4: "4 - Low", 5: "5 - Planning"}
APPROVAL: Final = {
    "not requested": "Not Yet Requested", "requested": "Requested", "approved": "Approved", "rejected": "Rejected",
}  # fmt: skip


@table("task", label="Task", prefix="TASK")
class Task(Record, frozen=True, kw_only=True):
    """Work that somebody does; every ticket is one."""

    number: Annotated[str, text(40), OURS, INDEXED] = ""
    short_description: Annotated[str, text(160)] = ""
    description: Annotated[str, text(4000)] = ""
    state: Annotated[int, INDEXED] = 1
    active: Annotated[bool, OURS, INDEXED] = True
    impact: Annotated[int, choice(IMPACT)] = 3
    urgency: Annotated[int, choice(URGENCY)] = 3
    priority: Annotated[int, choice(PRIORITY, indexed=True), OURS] = 5
    assigned_to: Annotated[str, ref("sys_user", indexed=True)] = ""
    assignment_group: Annotated[str, ref("sys_user_group", indexed=True)] = ""
    opened_by: Annotated[str, ref("sys_user"), OURS] = ""
    opened_at: Annotated[datetime | None, INDEXED, label("Opened")] = None
    closed_by: Annotated[str, ref("sys_user"), OURS] = ""
    closed_at: Annotated[datetime | None, OURS, label("Closed")] = None
    due_date: datetime | None = None
    cmdb_ci: Annotated[str, ref("cmdb_ci", indexed=True), label("Configuration item")] = ""
    business_service: Annotated[str, ref("cmdb_ci_service"), label("Service")] = ""
    parent: Annotated[str, ref("task", indexed=True)] = ""
    approval: Annotated[str, choice(APPROVAL)] = "not requested"
    watch_list: Annotated[str, many("sys_user")] = ""
    tags: Annotated[str, text(1000)] = ""
    correlation_id: Annotated[str, text(100), INDEXED, label("Correlation ID")] = ""
    correlation_display: Annotated[str, text(100)] = ""
