"""Incidents, problems and changes: ITIL 4's words, ServiceNow's fields and numbers of states."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Final

from itsm.model.declare import OURS, choice, label, ref, table, text
from itsm.model.task import Task


class IncidentState(IntEnum):
    """Where an incident stands."""

    NEW = 1
    IN_PROGRESS = 2
    ON_HOLD = 3
    RESOLVED = 6
    CLOSED = 7
    CANCELED = 8


class ProblemState(IntEnum):
    """Where a problem stands."""

    NEW = 101
    ASSESS = 102
    ROOT_CAUSE_ANALYSIS = 103
    FIX_IN_PROGRESS = 104
    RESOLVED = 106
    CLOSED = 107


class ChangeState(IntEnum):
    """Where a change stands."""

    NEW = -5
    ASSESS = -4
    AUTHORIZE = -3
    SCHEDULED = -2
    IMPLEMENT = -1
    REVIEW = 0
    CLOSED = 3
    CANCELED = 4


def named(states: type[IntEnum]) -> dict[int, str]:
    """What people read of each state."""
    return {state.value: state.name.replace("_", " ").title() for state in states}


HOLD_REASONS: Final = {1: "Awaiting Caller", 3: "Awaiting Problem", 4: "Awaiting Vendor", 5: "Awaiting Change"}
CLOSE_CODES: Final = (
    "Duplicate", "Known error", "No resolution provided", "Resolved by caller", "Resolved by change", "Resolved by problem",
    "Resolved by request", "Solution provided", "User error", "Workaround provided",
)  # fmt: skip
RESOLUTIONS: Final = ("fix_applied", "risk_accepted", "duplicate", "canceled")
CHANGE_CLOSE_CODES: Final = ("successful", "successful_issues", "unsuccessful")


def words(values: tuple[str, ...]) -> dict[str, str]:
    """Choices that people read as they are written."""
    return {"": "", **{value: value.replace("_", " ").capitalize() if value.islower() else value for value in values}}


@table("incident", label="Incident", prefix="INC")
class Incident(Task, frozen=True, kw_only=True):
    """An unplanned interruption of a service, or a loss of its quality."""

    state: Annotated[int, choice(named(IncidentState), indexed=True)] = IncidentState.NEW
    caller_id: Annotated[str, ref("sys_user"), label("Caller")] = ""
    category: Annotated[str, text(40)] = "inquiry"
    subcategory: Annotated[str, text(40)] = ""
    contact_type: Annotated[str, text(40), label("Channel")] = ""
    hold_reason: Annotated[int, choice({0: "", **HOLD_REASONS}), label("On hold reason")] = 0
    close_code: Annotated[str, choice(words(CLOSE_CODES)), label("Resolution code")] = ""
    close_notes: Annotated[str, text(4000), label("Resolution notes")] = ""
    resolved_at: Annotated[datetime | None, OURS, label("Resolved")] = None
    resolved_by: Annotated[str, ref("sys_user"), OURS] = ""
    reopen_count: Annotated[int, OURS] = 0
    parent_incident: Annotated[str, ref("incident", indexed=True)] = ""
    problem_id: Annotated[str, ref("problem", indexed=True), label("Problem")] = ""
    rfc: Annotated[str, ref("change_request"), label("Change Request")] = ""
    caused_by: Annotated[str, ref("change_request"), label("Caused by Change")] = ""
    major_incident_state: Annotated[str, choice(words(("proposed", "accepted", "rejected", "canceled")))] = ""


@table("problem", label="Problem", prefix="PRB")
class Problem(Task, frozen=True, kw_only=True):
    """The cause of incidents, known or not."""

    state: Annotated[int, choice(named(ProblemState), indexed=True)] = ProblemState.NEW
    category: Annotated[str, text(40)] = ""
    known_error: bool = False
    cause_notes: Annotated[str, text(4000), label("Root cause")] = ""
    fix_notes: Annotated[str, text(4000)] = ""
    workaround: Annotated[str, text(4000)] = ""
    first_reported_by_task: Annotated[str, ref("task")] = ""
    resolution_code: Annotated[str, choice(words(RESOLUTIONS))] = ""
    resolved_at: Annotated[datetime | None, OURS] = None
    resolved_by: Annotated[str, ref("sys_user"), OURS] = ""
    rfc: Annotated[str, ref("change_request"), label("Change Request")] = ""


@table("change_request", label="Change Request", prefix="CHG")
class Change(Task, frozen=True, kw_only=True):
    """An addition, a removal or a modification that could affect services."""

    state: Annotated[int, choice(named(ChangeState), indexed=True)] = ChangeState.NEW
    type: Annotated[str, choice({"standard": "Standard", "normal": "Normal", "emergency": "Emergency"})] = "normal"
    category: Annotated[str, text(40)] = "Other"
    reason: Annotated[str, text(1000)] = ""
    justification: Annotated[str, text(4000)] = ""
    implementation_plan: Annotated[str, text(4000)] = ""
    backout_plan: Annotated[str, text(4000)] = ""
    test_plan: Annotated[str, text(4000)] = ""
    risk: Annotated[int, choice({1: "Very High", 2: "High", 3: "Moderate", 4: "Low"})] = 3
    start_date: Annotated[datetime | None, label("Planned start date")] = None
    end_date: Annotated[datetime | None, label("Planned end date")] = None
    work_start: Annotated[datetime | None, label("Actual start")] = None
    work_end: Annotated[datetime | None, label("Actual end")] = None
    on_hold: bool = False
    on_hold_reason: Annotated[str, text(1000)] = ""
    requested_by: Annotated[str, ref("sys_user")] = ""
    close_code: Annotated[str, choice(words(CHANGE_CLOSE_CODES))] = ""
    close_notes: Annotated[str, text(4000)] = ""
    cab_required: bool = False
