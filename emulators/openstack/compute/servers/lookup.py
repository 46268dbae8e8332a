"""Finding a server for somebody, and what actions need of the caller."""

from __future__ import annotations

from emulators.openstack.call import Call
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.faults import Fault


def server_of(call: Call) -> NovaServer:
    """The server of the path, if the caller may see it; raises Fault 404."""
    return visible(call, call.path["server_id"])


def visible(call: Call, uid: str) -> NovaServer:
    """A server of the caller's project, or any one for an administrator; raises Fault 404."""
    found = call.state.maybe(NovaServer, uid)
    if found is None or (found.project != call.project and not call.credentials.admin):
        raise Fault(404, f"Instance {uid} could not be found.")
    return found


def caller_of(call: Call) -> tuple[str, str]:
    """The user and project that ask, as instance actions note them."""
    return call.credentials.user, call.project
