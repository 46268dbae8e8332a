"""What a user is in a scope: the roles that hold there, and everything on the way that has to be enabled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from emulators.openstack.identity.model import SYSTEM, Assignment, Domain, ImpliedRole, Membership, Role, User
from emulators.world.model import Project
from emulators.world.state import WorldState


class Standing(msgspec.Struct, frozen=True):
    """A user, enabled, in a scope, enabled, with at least one role there; without a scope ``roles`` is empty."""

    user: User
    user_domain: Domain
    project: Project | None = None
    domain: Domain | None = None
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a token holds: ``kind`` is "", "project", "domain" or "system", ``target`` the project's or domain's id.

    It can be called with a state and a user, so that the state remembers the answer (`WorldState.derive`).
    """

    kind: str = ""
    target: str = ""

    def __call__(self, state: WorldState, user: User) -> Standing | None:
        """The user's standing; None if they have none: the one that a token would be refused for."""
        user_domain = state.maybe(Domain, user.domain)
        if not user.enabled or user_domain is None or not user_domain.enabled:
            return None
        if not self.kind:
            return Standing(user, user_domain)
        project = state.maybe(Project, self.target) if self.kind == "project" else None
        domain = state.maybe(Domain, project.domain if project else self.target) if self.kind != SYSTEM else None
        if self.kind != SYSTEM and (domain is None or not domain.enabled):
            return None
        if self.kind == "project" and (project is None or not project.enabled):
            return None
        target = SYSTEM if self.kind == SYSTEM else self.target
        roles = effective_roles(state, user.uid, target)
        return Standing(user, user_domain, project, domain, roles) if roles else None


UNSCOPED = Scope()


def standing(state: WorldState, user: str, scope: Scope) -> Standing | None:
    """A user's standing in a scope, remembered until something that it rests on changes."""
    found = state.maybe(User, user)
    return state.derive(scope, found) if found is not None else None


def generation(state: WorldState, user: User, scope: Scope) -> int:
    """What a token for somebody in a scope is numbered with: the generations of all that ends tokens, none of which ever falls.

    Two such numbers are the same only if none of them has grown in between.
    """
    project = state.maybe(Project, scope.target) if scope.kind == "project" else None
    domain = state.maybe(Domain, project.domain if project else scope.target) if scope.target else None
    parts = (user, state.maybe(Domain, user.domain), project, domain)
    return sum(one.generation for one in parts if one is not None)


def effective_roles(state: WorldState, user: str, target: str) -> tuple[Role, ...]:
    """The roles of a user on a target: assigned, through groups, inherited and implied; in order of creation."""
    return expanded(state, {one.role for one in effective_assignments(state, [user, *groups_of(state, user)], target)})


def effective_assignments(state: WorldState, actors: Iterable[str], target: str) -> Iterator[Assignment]:
    """Those assignments of the actors that hold on a target: on itself, or inherited from what is above it."""
    above = set(above_project(state, target))
    for actor in actors:
        for one in state.where(Assignment, "actor", actor):
            if (one.target in above) if one.inherited else one.target == target:
                yield one


def above_project(state: WorldState, target: str) -> Iterator[str]:
    """The ids of the projects above a project, nearest first, and of its domain; of nothing else there is anything above."""
    project = state.maybe(Project, target)
    while project is not None:
        if not project.parent:
            yield project.domain
            return
        yield project.parent
        project = state.maybe(Project, project.parent)


def groups_of(state: WorldState, user: str) -> list[str]:
    """The groups that a user is in."""
    return [one.group for one in state.where(Membership, "user", user)]


def expanded(state: WorldState, roles: Iterable[str]) -> tuple[Role, ...]:
    """The roles and what they imply, without the domains' own, which no token has."""
    seen: set[str] = set()
    waiting = list(roles)
    while waiting:
        role = waiting.pop()
        if role not in seen:
            seen.add(role)
            waiting += [one.implied for one in state.where(ImpliedRole, "prior", role)]
    found = (state.maybe(Role, role) for role in seen)
    return tuple(sorted((role for role in found if role is not None and not role.domain), key=lambda role: role.number))
