"""What holds for tickets however they are written."""

from itsm.rules import incident, problem, task
from itsm.rules.declare import judge, rule

__all__ = ["incident", "judge", "problem", "rule", "task"]
