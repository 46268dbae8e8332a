"""What goes with a thing that is deleted: nothing is left that speaks of it."""

from __future__ import annotations

from emulators.openstack.identity import events
from emulators.openstack.identity.access_model import AccessRule, ApplicationCredential, StoredCredential, Trust
from emulators.openstack.identity.catalog_model import EndpointChoice, Limit
from emulators.openstack.identity.model import Assignment, Domain, Group, ImpliedRole, Membership, Password, Role, User
from emulators.world.decide import Decision
from emulators.world.model import Project


def remove_domain(decision: Decision, domain: Domain) -> None:
    """Delete a domain with its users, groups, projects and roles."""
    for user in decision.state.where(User, "domain", domain.uid):
        remove_user(decision, user)
    for group in decision.state.where(Group, "domain", domain.uid):
        remove_group(decision, group)
    for project in decision.state.where(Project, "domain", domain.uid):
        remove_project(decision, project)
    for role in decision.state.where(Role, "domain", domain.uid):
        remove_role(decision, role)
    _unassign(decision, "target", domain.uid)
    for limit in decision.state.where(Limit, "domain", domain.uid):
        decision.delete(events.LIMIT.deleted, limit)
    decision.delete(events.DOMAIN.deleted, domain)


def remove_project(decision: Decision, project: Project) -> None:
    """Delete a project with what its users may do in it."""
    _unassign(decision, "target", project.uid)
    for credential in decision.state.where(ApplicationCredential, "project", project.uid):
        decision.delete(events.APPLICATION_CREDENTIAL.deleted, credential)
    for stored in decision.state.where(StoredCredential, "project", project.uid):
        decision.delete(events.CREDENTIAL.deleted, stored)
    for trust in decision.state.where(Trust, "project", project.uid):
        decision.delete(events.TRUST.deleted, trust)
    for limit in decision.state.where(Limit, "project", project.uid):
        decision.delete(events.LIMIT.deleted, limit)
    for choice in decision.state.where(EndpointChoice, "project", project.uid):
        decision.delete(events.ENDPOINT_CHOICE.deleted, choice)
    decision.delete(events.PROJECT.deleted, project)


def remove_user(decision: Decision, user: User) -> None:
    """Delete a user with all that was theirs."""
    _unassign(decision, "actor", user.uid)
    for membership in decision.state.where(Membership, "user", user.uid):
        decision.delete(events.MEMBERSHIP.deleted, membership)
    for password in decision.state.where(Password, "name", user.uid):
        decision.delete(events.PASSWORD.deleted, password)
    for credential in decision.state.where(ApplicationCredential, "user", user.uid):
        decision.delete(events.APPLICATION_CREDENTIAL.deleted, credential)
    for rule in decision.state.where(AccessRule, "user", user.uid):
        decision.delete(events.ACCESS_RULE.deleted, rule)
    for stored in decision.state.where(StoredCredential, "user", user.uid):
        decision.delete(events.CREDENTIAL.deleted, stored)
    for side in ("trustor", "trustee"):
        for trust in decision.state.where(Trust, side, user.uid):
            decision.delete(events.TRUST.deleted, trust)
    decision.delete(events.USER.deleted, user)


def remove_group(decision: Decision, group: Group) -> None:
    """Delete a group with its memberships and roles."""
    _unassign(decision, "actor", group.uid)
    for membership in decision.state.where(Membership, "group", group.uid):
        decision.delete(events.MEMBERSHIP.deleted, membership)
    decision.delete(events.GROUP.deleted, group)


def remove_role(decision: Decision, role: Role) -> None:
    """Delete a role wherever it was assigned or implied."""
    _unassign(decision, "role", role.uid)
    for side in ("prior", "implied"):
        for implication in decision.state.where(ImpliedRole, side, role.uid):
            decision.delete(events.IMPLIED_ROLE.deleted, implication)
    decision.delete(events.ROLE.deleted, role)


def _unassign(decision: Decision, field: str, uid: str) -> None:
    for assignment in decision.state.where(Assignment, field, uid):
        decision.delete(events.ASSIGNMENT.deleted, assignment)
