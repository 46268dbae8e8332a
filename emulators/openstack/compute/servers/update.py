"""PUT /servers, locks and resetState."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.changes import change, lock, reset_state, unlock
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.request import access_ip
from emulators.openstack.compute.servers.schemas import ANYTHING, UPDATE
from emulators.openstack.compute.servers.views import looks_for, show
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import closed
from emulators.openstack.service import Versioned

LOCK: Final = Versioned(
    {
        "2.1-2.72": ANYTHING,
        "2.73-": {**closed({"locked_reason": {"type": "string", "minLength": 1, "maxLength": 255}}), "type": ["object", "null"]},
    }
)
RESET: Final = closed({"state": {"type": "string", "enum": ["active", "error"]}}, "state")


@COMPUTE.put("/servers/{server_id}", body=UPDATE)
async def update(call: Call) -> dict[str, Any]:
    """Change a server's name, description, host name, disk configuration or access addresses."""
    server, body = server_of(call), call.body["server"]
    fields: dict[str, Any] = {}
    if "name" in body:
        fields["name"] = body["name"].strip()
    for name in ("description", "hostname"):
        if name in body:
            fields[name] = body[name]
    if "OS-DCF:diskConfig" in body:
        fields["disk_config"] = body["OS-DCF:diskConfig"]
    for name, field in (("accessIPv4", "access_ipv4"), ("accessIPv6", "access_ipv6")):
        if name in body:
            fields[field] = access_ip(body, name)
    changed = await call.ask(change, server=server.uid, fields=fields)
    return {"server": show(call.state, changed, looks_for(call, single=True, full=False))}


@COMPUTE.action(ACTION, "lock", body=LOCK)
async def lock_server(call: Call) -> None:
    """Keep the owner from changing the server."""
    server, caller = server_of(call), caller_of(call)
    by = "owner" if server.project == call.project else "admin"
    reason = (call.body or {}).get("locked_reason") if call.since("2.73") else None
    await call.ask(lock, server=server.uid, by=by, reason=reason, caller=caller)


@COMPUTE.action(ACTION, "unlock", body=ANYTHING)
async def unlock_server(call: Call) -> None:
    """Let the owner change the server again."""
    await call.ask(unlock, server=server_of(call).uid, admin=call.credentials.admin, caller=caller_of(call))


@COMPUTE.action(ACTION, "os-resetState", body=RESET, rule=admin)
async def reset(call: Call) -> None:
    """Say that a server is ACTIVE or in ERROR."""
    state = states.ERROR if call.body["state"] == "error" else states.ACTIVE
    await call.ask(reset_state, server=server_of(call).uid, vm_state=state, caller=caller_of(call))


@COMPUTE.action(ACTION, "resetNetwork", body=ANYTHING, rule=admin, versions="2.1-2.98")
async def reset_network(call: Call) -> None:
    """Refused with Fault 410: the driver that knew it is gone."""
    server_of(call)
    raise Fault(410, "This resource is no longer available. No forwarding address is given.")


@COMPUTE.action(ACTION, "injectNetworkInfo", body=ANYTHING, rule=admin)
async def inject_network_info(call: Call) -> None:
    """Accepted: what a guest knows of its network comes by DHCP and metadata, so there is nothing to inject."""
    server_of(call)
