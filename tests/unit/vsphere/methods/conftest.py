"""A small vCenter in this process, with simulated machines, for pyVmomi in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import web
from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import vim

from dcsim.events import Actor
from emulators.conductor import Conductor
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.vsphere.app import vsphere_app
from emulators.vsphere.call import Services
from emulators.vsphere.window import close_vcenter, open_vcenter
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked of the world
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.engine import World
from emulators.world.events import declare
from emulators.world.inventory.generate import generate
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import encode_inventory
from emulators.world.model import Entity, Task, TaskState

T = TypeVar("T")
USER, PASSWORD = "administrator@vsphere.local", "VMware1!"
INVENTORY = encode_inventory(generate(7, "small", hosts=4, vms=6))


FIELDS_SET = declare("dcsim.test.fields.set", "A test set fields of an entity")


class SetFields(Command, frozen=True, kw_only=True, tag="test.set_fields"):
    """Set fields of an entity."""

    uid: str
    fields: dict[str, Any]


@decides(SetFields)
def set_fields(decision: Decision, command: SetFields) -> None:
    """Whatever they are."""
    entity = decision.get(Entity, command.uid)
    decision.update(FIELDS_SET, entity, **command.fields)


class Vcenter:
    """The emulator and a client of it; ``call`` runs a client's function in a thread."""

    def __init__(self, services: Services, conductor: Conductor, port: int) -> None:
        self.services = services
        self.conductor = conductor
        self.world = services.world
        self.port = port
        self.si: Any = None

    async def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """What a function of the client's answers."""
        return await asyncio.to_thread(function, *args, **kwargs)

    async def task(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The result of a task that a method of the client's starts; raises the fault that it ends with."""
        return await asyncio.to_thread(_finish, function, *args, **kwargs)

    def objects(self, managed: Any) -> list[Any]:
        """All objects of a type, by a container view."""
        content = self.si.content
        view = content.viewManager.CreateContainerView(content.rootFolder, [managed], True)
        try:
            return list(view.view)
        finally:
            view.Destroy()

    async def all(self, managed: Any) -> list[Any]:
        """The same, from the test's loop."""
        return await asyncio.to_thread(self.objects, managed)

    async def vm(self, *, on: bool = True) -> Any:
        """The first VM that is on, or off."""
        return await asyncio.to_thread(self._vm, "poweredOn" if on else "poweredOff")

    def _vm(self, state: str) -> Any:
        vms = self.objects(vim.VirtualMachine)
        found = next((vm for vm in vms if vm.runtime.powerState == state and not vm.config.template), None)
        if found is None:
            found = vms[0]
            WaitForTask(found.PowerOff() if state == "poweredOff" else found.PowerOn())
        return found

    def entity(self, reference: Any) -> Any:
        """The entity of the world behind a reference."""
        found = self.services.objects.get(type(reference), reference._moId)
        return self.world.state.find(found.subject)

    async def execute(self, command: Command) -> Any:
        """The result of a command that nobody asked the API for."""
        return (await self.world.execute(command, Actor(principal="tester"))).result

    async def change(self, reference: Any, **fields: Any) -> None:
        """Set fields of the entity behind a reference, against all rules."""
        await self.execute(SetFields(uid=self.entity(reference).uid, fields=fields))

    def hold(self) -> None:
        """Let no task that touches a machine be finished from now on."""
        setattr(self.conductor.runner, "on_commit", lambda _: None)  # noqa: B010 - a method, replaced

    async def settled(self) -> None:
        """Wait until no task runs."""
        async with asyncio.timeout(10):
            while self.world.state.where(Task, "state", TaskState.RUNNING):
                await asyncio.sleep(0.005)


def _finish(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    task = function(*args, **kwargs)
    WaitForTask(task)
    return task.info.result


@pytest.fixture
async def vcenter(tmp_path: Path) -> AsyncIterator[Vcenter]:
    """A vCenter of four hosts and six VMs, and a session in it."""
    world = World.open(tmp_path / "journal.db", synchronous="off")
    world.execute_now(SeedWorld(inventory=INVENTORY, seed=7), Actor())
    conductor = Conductor(world, SimulatedMachines(world.clock, seed=7))
    services = await open_vcenter(world, {USER: PASSWORD})
    server = web.ServerRunner(web.Server(vsphere_app(services)))
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0)
    await site.start()
    conductor.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    running = Vcenter(services, conductor, port)
    running.si = await asyncio.to_thread(SmartConnect, protocol="http", host="127.0.0.1", port=port, user=USER, pwd=PASSWORD)
    try:
        yield running
    finally:
        await asyncio.to_thread(Disconnect, running.si)
        await server.cleanup()
        close_vcenter(services)
        await conductor.stop()
        await conductor.close()
        world.close()
