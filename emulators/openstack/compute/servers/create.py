"""POST /servers."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call, Reply
from emulators.openstack.compute.servers.building import create_servers
from emulators.openstack.compute.servers.passwords import admin_pass, sealing
from emulators.openstack.compute.servers.request import spec_of
from emulators.openstack.compute.servers.schemas import CREATE
from emulators.openstack.compute.servers.views import links, looks_for
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import truth


@COMPUTE.post("/servers", body=CREATE, status=202)
async def create(call: Call) -> Reply:
    """Make servers; the answer names the first, or the reservation of all."""
    _require_project(call.credentials)
    body: dict[str, Any] = call.body["server"]
    servers = await call.ask(create_servers, spec=spec_of(call))
    first = servers[0]
    if truth(body.get("return_reservation_id", False)):
        return Reply({"reservation_id": first.reservation})
    found = links(looks_for(call), first.uid)
    row: dict[str, Any] = {
        "id": first.uid,
        "links": found,
        "OS-DCF:diskConfig": first.disk_config,
        "security_groups": body.get("security_groups", [{"name": "default"}]),
        "adminPass": admin_pass(sealing(call.cloud), first),
    }
    return Reply({"server": row}, headers={"Location": found[0]["href"]})


def _require_project(credentials: Credentials) -> None:
    if not credentials.project:
        raise Fault(403, "Policy doesn't allow os_compute_api:servers:create to be performed.")
