"""What an assignment works out to: for each member of a group, each project below, and each role that is implied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from emulators.openstack.identity.auth_lists import reached
from emulators.openstack.identity.members import members_of
from emulators.openstack.identity.model import Assignment, ImpliedRole, Role
from emulators.world.state import WorldState


class Held(NamedTuple):
    """A role that an actor has on a target.

    ``source`` is the target that it comes from when it is inherited, ``through`` the group that it comes by, ``prior`` the role that
    implies it: empty for what was given just so.
    """

    role: str
    actor: str
    group: bool
    target: str
    inherited: bool = False
    source: str = ""
    through: str = ""
    prior: str = ""


def given(assignment: Assignment) -> Iterator[Held]:
    """The assignment as it was made."""
    yield Held(assignment.role, assignment.actor, assignment.group, assignment.target, assignment.inherited)


def effective(state: WorldState, assignment: Assignment) -> Iterator[Held]:
    """Everything that follows from it."""
    users = members_of(state, assignment.actor) if assignment.group else [assignment.actor]
    targets = [one.uid for one in reached(state, assignment)] if assignment.inherited else [assignment.target]
    source = assignment.target if assignment.inherited else ""
    through = assignment.actor if assignment.group else ""
    for role, prior in _implied(state, assignment.role):
        for user in users:
            for target in targets:
                yield Held(role, user, False, target, False, source, through, prior)


def _implied(state: WorldState, role: str) -> list[tuple[str, str]]:
    """The role and all that it implies, each with the role that does so; without domains' own, which give nothing themselves."""
    found: dict[str, str] = {role: ""}
    waiting = [role]
    while waiting:
        prior = waiting.pop()
        for one in state.where(ImpliedRole, "prior", prior):
            if one.implied not in found:
                found[one.implied] = prior
                waiting.append(one.implied)
    return [(one, prior) for one, prior in found.items() if not state.get(Role, one).domain]
