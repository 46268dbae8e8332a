"""The tables, as declared; everything else follows from them."""

from itsm.model.declare import TABLES, Field, Kind, Record, Table
from itsm.model.people import Group, GroupMember, User
from itsm.model.task import Task
from itsm.model.tickets import Change, ChangeState, Incident, IncidentState, Problem, ProblemState

__all__ = [
    "TABLES",
    "Change",
    "ChangeState",
    "Field",
    "Group",
    "GroupMember",
    "Incident",
    "IncidentState",
    "Kind",
    "Problem",
    "ProblemState",
    "Record",
    "Table",
    "Task",
    "User",
]
