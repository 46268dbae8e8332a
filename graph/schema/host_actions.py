"""Maintenance of hosts, and power of the servers under them."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import strawberry
from strawberry.types import Info

from graph.backends.entities import ENGINE, EntityByKey
from graph.backends.keyed import EntityOf
from graph.execution.fields import graph_input, graph_type, joined, requires
from graph.schema.entity import server_types
from graph.schema.refs import HostRef, ServerRef, TaskRef
from graph.schema.results import Asked, Payload, attempt, uid_of

VERSION = "Refused with VERSION_CONFLICT when it is another by now."
KEY = "When this comes again, it is not done again."


@graph_input
class HostMaintenanceInput(Asked):
    """Which ESXi host; with `poweredOff`, VMs that are off leave it as well."""

    id: strawberry.ID
    powered_off: bool = False
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
    client_mutation_id: str | None = None


@graph_type
class HostMaintenancePayload(Payload):
    """What became of it; the task goes on after the answer."""

    host: HostRef | None = joined(EntityByKey("hypervisor", "host"))
    task: TaskRef | None = joined(EntityByKey("task", "task"))


@graph_input
class ServerPowerInput(Asked):
    """Which blade or rack server."""

    id: strawberry.ID
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
    client_mutation_id: str | None = None


@graph_type
class ServerPowerPayload(Payload):
    """What became of it, at once: its host and VMs follow."""

    server: ServerRef | None = joined(EntityOf("server", server_types))


def _maintenance(wanted: bool, description: str) -> Any:
    async def change(
        info: Info, given: Annotated[HostMaintenanceInput, strawberry.argument(name="input")]
    ) -> HostMaintenancePayload | None:
        async def begin() -> dict[str, str]:
            uid = uid_of(given.id, "Host")
            body = {"maintenance": wanted, "powered_off": given.powered_off}
            path = f"/vsphere/api/v1/hosts/{quote(uid, safe='')}/maintenance"
            done = await info.context.services.post(ENGINE, path, dict[str, str], body, headers=given.headers())
            return {"host": uid, "task": done["task"]}

        row: HostMaintenancePayload = await attempt(given, begin)
        return row

    return requires("sim:write")(strawberry.mutation(resolver=change, description=description))


def _power(wanted: str, description: str) -> Any:
    async def change(info: Info, given: Annotated[ServerPowerInput, strawberry.argument(name="input")]) -> ServerPowerPayload | None:
        async def switch() -> dict[str, str]:
            uid = uid_of(given.id, "Blade", "RackServer")
            path = f"/sim/blades/{quote(uid, safe='')}/power"
            await info.context.services.post(ENGINE, path, dict[str, Any], {"power": wanted}, headers=given.headers())
            return {"server": uid}

        row: ServerPowerPayload = await attempt(given, switch)
        return row

    return requires("sim:write")(strawberry.mutation(resolver=change, description=description))


@graph_type
class HostMutation:
    """Operating hosts and servers."""

    enter_host_maintenance = _maintenance(
        True, "Put an ESXi host into maintenance mode: DRS moves running VMs away where the cluster has it, else they are in the way."
    )
    exit_host_maintenance = _maintenance(False, "Let an ESXi host take VMs again.")
    power_on_server = _power("on", "Switch a blade or rack server on; its host boots.")
    power_off_server = _power("off", "Switch a blade or rack server off; its host and what runs there goes down.")
