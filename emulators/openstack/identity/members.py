"""/v3/groups/{group_id}/users: who is in a group."""

from __future__ import annotations

from typing import Any

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.identity import events
from emulators.openstack.identity.finding import not_found, require
from emulators.openstack.identity.groups import domain_of_group
from emulators.openstack.identity.lists import listed
from emulators.openstack.identity.model import Group, Membership, User
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.identity.user_changes import revoke_tokens
from emulators.openstack.identity.user_view import FILTERS, user_view
from emulators.openstack.identity.users import domain_of_user
from emulators.world.decide import Decision
from emulators.world.state import WorldState


def members_of(state: WorldState, group: str) -> list[str]:
    """The users in a group."""
    return [one.user for one in state.where(Membership, "group", group)]


def _both(call: Call, *, reads: bool = False) -> tuple[str, str]:
    """The group and the user, once the caller may do this: those of the domain that both are in, too."""
    group, user = call.path["group_id"], call.path["user_id"]
    domain = domain_of_group(call.state, group)
    shared = domain if domain == domain_of_user(call.state, user) else ""
    allow(call, reads=shared if reads else None, manages=shared)
    return group, user


@IDENTITY.get("/groups/{group_id}/users", rule=anyone)
async def list_users_in_group(call: Call) -> dict[str, Any]:
    """The group's users."""
    uid = call.path["group_id"]
    allow(call, reads=domain_of_group(call.state, uid))
    require(call.state, Group, uid)
    found = [call.state.get(User, user) for user in members_of(call.state, uid)]
    return listed(call, "users", (user_view(call, one) for one in found), FILTERS)


@IDENTITY.get("/groups/{group_id}/users/{user_id}", rule=anyone, status=204)
async def check_user_in_group(call: Call) -> None:
    """204 when the user is in the group."""
    group, user = _both(call, reads=True)
    require(call.state, Group, group)
    require(call.state, User, user)
    if user not in members_of(call.state, group):
        raise not_found("user", f"{user} in group {group}")


@IDENTITY.put("/groups/{group_id}/users/{user_id}", rule=anyone, status=204)
async def add_user_to_group(call: Call) -> None:
    """The user is in the group."""
    group, user = _both(call)
    await call.ask(add, group=group, user=user)


@IDENTITY.delete("/groups/{group_id}/users/{user_id}", rule=anyone)
async def remove_user_from_group(call: Call) -> None:
    """The user is in it no more."""
    group, user = _both(call)
    await call.ask(remove, group=group, user=user)


@ask
def add(decision: Decision, *, group: str, user: str) -> None:
    """The user is in the group, as they may have been before."""
    of, who = require(decision.state, Group, group), require(decision.state, User, user)
    if user not in members_of(decision.state, group):
        decision.create(events.MEMBERSHIP.created, Membership, name=f"{who.name} in {of.name}", user=user, group=group)


@ask
def remove(decision: Decision, *, group: str, user: str) -> None:
    """The user is not in the group; their tokens are valid no more."""
    require(decision.state, Group, group)
    who = require(decision.state, User, user)
    for one in decision.state.where(Membership, "group", group):
        if one.user == user:
            decision.delete(events.MEMBERSHIP.deleted, one)
            revoke_tokens(decision, who)
            return
    raise not_found("user", f"{user} in group {group}")
