"""Power of virtual machines."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import strawberry
from strawberry.types import Info

from graph.backends.entities import ENGINE, EntityByKey
from graph.execution.fields import graph_input, graph_type, joined, requires
from graph.schema.refs import TaskRef, VirtualMachineRef
from graph.schema.results import Asked, Payload, attempt, uid_of


@graph_input
class VirtualMachineActionInput(Asked):
    """Which virtual machine."""

    id: strawberry.ID
    expected_version: int | None = strawberry.field(default=None, description="Refused with VERSION_CONFLICT when it is another by now.")
    idempotency_key: str | None = strawberry.field(default=None, description="When this comes again, it is not done again.")
    client_mutation_id: str | None = None


@graph_type
class VirtualMachineActionPayload(Payload):
    """What became of it; the task goes on after the answer."""

    virtual_machine: VirtualMachineRef | None = joined(EntityByKey("vm", "vm"))
    task: TaskRef | None = joined(EntityByKey("task", "task"))


def _power(wanted: str, description: str) -> Any:
    async def change(
        info: Info, given: Annotated[VirtualMachineActionInput, strawberry.argument(name="input")]
    ) -> VirtualMachineActionPayload | None:
        async def begin() -> dict[str, str]:
            uid = uid_of(given.id, "VirtualMachine")
            path = f"/sim/vms/{quote(uid, safe='')}/power"
            done = await info.context.services.post(ENGINE, path, dict[str, str], {"power": wanted}, headers=given.headers())
            return {"vm": uid, "task": done["task"]}

        row: VirtualMachineActionPayload = await attempt(given, begin)
        return row

    return requires("sim:write")(strawberry.mutation(resolver=change, description=description))


@graph_type
class VirtualMachineMutation:
    """Switching virtual machines."""

    power_on_virtual_machine = _power("on", "Power it on, or resume it.")
    power_off_virtual_machine = _power("off", "Cut its power; the guest is not asked.")
    suspend_virtual_machine = _power("suspended", "Suspend it with its memory.")
    reset_virtual_machine = _power("reset", "Cut its power and give it back.")
