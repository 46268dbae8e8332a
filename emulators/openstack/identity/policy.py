"""Who may do what: Keystone's default policy, which knows the deployment's administrators, and readers and managers of scopes.

An operation's handler has the name of Keystone's policy for it, so that refusals name the one that refused.
"""

from __future__ import annotations

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault


def refusal(call: Call) -> Fault:
    """Fault 403 naming the operation's policy."""
    return Fault(403, f"You are not authorized to perform the requested action: identity:{call.operation.handler.__name__}.")


def allow(
    call: Call, *, reads: str | None = None, manages: str | None = None, owner: str | None = None, project: str | None = None
) -> None:
    """Let administrators pass; others only as the arguments say; raises Fault 403.

    ``reads``: also readers of the system, and readers of the domain of that id ("" for what belongs to no domain).  ``manages``: also
    managers of that domain.  ``owner``: also the user of that id.  ``project``: also whoever works in the project of that id.
    """
    caller = call.credentials
    if caller.admin or (owner and caller.user == owner) or (project and caller.project == project):
        return
    if reads is not None and "reader" in caller.roles and (caller.system or _in_domain(caller.domain, reads)):
        return
    if manages is not None and "manager" in caller.roles and _in_domain(caller.domain, manages):
        return
    raise refusal(call)


def _in_domain(scope: str, domain: str) -> bool:
    return bool(domain) and scope == domain
