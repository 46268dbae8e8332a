"""Logging in by name and password, for the cloud's own pages."""

from __future__ import annotations

from emulators.openstack.call import Call
from emulators.openstack.identity.auth_lists import projects_of
from emulators.openstack.identity.authenticator import issue
from emulators.openstack.identity.methods import identify, unauthenticated
from emulators.openstack.identity.model import User
from emulators.openstack.identity.standing import Scope


async def log_in(call: Call, *, name: str, domain: str, password: str) -> str:
    """A token in the user's default project, else in the first that they have a role in.  Raises Fault 401."""
    user = {"name": name, "domain": {"name": domain}, "password": password}
    who = await identify(call, {"methods": ["password"], "password": {"user": user}})
    projects = [one for one in projects_of(call.state, who.user) if one.enabled]
    if not projects:
        raise unauthenticated()
    known = call.state.get(User, who.user)
    chosen = next((one for one in projects if one.uid == known.default_project), projects[0])
    return issue(call.cloud, who.user, Scope("project", chosen.uid), who.methods).token
