"""What operators do to vCenter's hosts, as JSON for clients that speak no SOAP.  Served by the engine's REST listener."""

from __future__ import annotations

from typing import Any

import msgspec

from dcsim.errors import InvalidState
from dcsim.http.routes import IDEMPOTENCY_KEY, IF_MATCH, Reply, Request, Routes
from emulators.vsphere.hosts import EnterMaintenance, ExitMaintenance
from emulators.world.commands import Operation
from emulators.world.engine import World
from emulators.world.model import Hypervisor

BASE = "/vsphere/api/v1"
routes = Routes(api="vsphere", title="vCenter, as JSON", document=f"{BASE}/openapi.json")
Call = Request[World]


class MaintenanceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a host should be in maintenance mode; with ``powered_off``, VMs that are off leave it as well."""

    maintenance: bool
    powered_off: bool = False


class Begun(msgspec.Struct, frozen=True):
    """The task that does it."""

    task: str


@routes.post(
    f"{BASE}/hosts/{{uid}}/maintenance",
    "Enter or leave maintenance mode",
    body=MaintenanceBody,
    returns=Begun,
    status=202,
    headers=(IF_MATCH, IDEMPOTENCY_KEY),
)
async def maintenance(call: Call) -> Reply:
    """Begin it: DRS moves running VMs away where the cluster has it, else they are in the way."""
    body: MaintenanceBody = call.body
    host = call.context.state.get(Hypervisor, call.path["uid"])
    if host.flavor != "esxi":
        raise InvalidState(f"{host.name} is not vCenter's: disable its compute service in Nova instead.", subject=host.uid)
    wanted: Operation = (
        EnterMaintenance(host=host.uid, powered_off=body.powered_off) if body.maintenance else ExitMaintenance(host=host.uid)
    )
    version, key = call.expected_version(), call.idempotency_key()
    outcome = await call.context.execute(wanted, call.actor, subject=host.uid, expected_version=version, key=key)
    task: Any = outcome.result
    return Reply(Begun(task), status=202, headers={"Location": f"/sim/tasks/{task}"})
