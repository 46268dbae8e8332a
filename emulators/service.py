"""sim-engine: the world, its machines, and the vendors' windows onto it, as one service."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from ipaddress import IPv4Network
from pathlib import Path
from typing import ClassVar

import structlog

from dcsim.bus import OutboxRelay
from dcsim.errors import DcsimError, MachinesUnavailable
from dcsim.events import Actor
from dcsim.ids import digest
from dcsim.service import Address, Check, Endpoint, Health, Listener, Service, ServiceContext, Worker
from dcsim.settings import Settings
from emulators.api import EngineApi
from emulators.backend import Backend, make_backend
from emulators.conductor import Conductor
from emulators.machines.docker.networks import host_routes
from emulators.machines.engine import Engine, PrivateEngine
from emulators.machines.keeper import EngineKeeper
from emulators.openstack.window import OpenStack
from emulators.ucs.window import Ucs
from emulators.vsphere.window import VSphere
from emulators.window import Window
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked of the world
from emulators.world.engine import Committed, World
from emulators.world.inventory.generate import NETWORK_BASE
from emulators.world.inventory.initial import initial_inventory
from emulators.world.inventory.seed import SeedWorld
from emulators.world.model import Power, Vm
from emulators.world.outbox import Outbox

log = structlog.get_logger(__name__)
WINDOWS: tuple[type[Window], ...] = (EngineApi, VSphere, Ucs, OpenStack)
JOURNAL = "journal.db"
SYSTEM = Actor(principal="system", api="sim")


class EngineService(Service):
    """Opens the world, conducts its machines, relays its events, and lets clients in by every window."""

    name: ClassVar[str] = "engine"

    def __init__(self) -> None:
        self._open = AsyncExitStack()
        self._conductor: Conductor | None = None
        self._backend: Backend | None = None
        self._windows: list[Window] = []
        self._relay: OutboxRelay | None = None
        self._keepers: list[Worker] = []

    async def start(self, context: ServiceContext) -> None:
        """Open the journal, fill an empty world, find the machines and open the windows."""
        world = open_world(context)
        self._open.callback(world.close)
        record = world.record
        assert record is not None  # noqa: S101 - open_world fills an empty world
        self._backend = await make_backend(
            context.settings.machines, context.settings.data_dir, world.clock, world=record.uid, seed=record.seed, timing=record.timing
        )
        log.info("machines", note=self._backend.note)
        if self._backend.engine is not None and self._backend.engine.owned:
            self._keepers.append(EngineKeeper(PrivateEngine(context.settings.data_dir)))
        self._conductor = Conductor(world, self._backend.machines)
        self._open.push_async_callback(self._conductor.close)
        self._open.push_async_callback(_park, self._conductor, self._backend.engine)
        self._open.push_async_callback(self._conductor.stop)
        self._relay = OutboxRelay(context.bus, Outbox(world, source=f"/dcsim/{record.uid}"), epoch=record.uid)
        world.watch(self._on_commit)
        await self._open_windows(context, world, self._conductor)
        self._conductor.start()

    async def _open_windows(self, context: ServiceContext, world: World, conductor: Conductor) -> None:
        """Open them one after another; what they have of REST goes to the engine's own API."""
        for cls in WINDOWS:
            opened = cls(context, world, conductor)
            self._open.push_async_callback(opened.close)
            await opened.open()
            self._windows.append(opened)
        rest = [one for window in self._windows for one in window.rest()]
        for window in self._windows:
            if isinstance(window, EngineApi):
                window.add(rest)

    def _on_commit(self, _: Committed) -> None:
        if self._relay is not None:
            self._relay.notify()

    async def drain(self) -> None:
        """End streams of events."""
        for window in self._windows:
            await window.drain()

    async def stop(self) -> None:
        """Close the windows, park the machines, close the journal: each of them, whatever becomes of the others."""
        await self._open.aclose()

    def listeners(self) -> Sequence[Listener]:
        """Every window's."""
        return [listener for window in self._windows for listener in window.listeners()]

    def workers(self) -> Sequence[Worker]:
        """The relay of events, the observer of machines, the timekeeper, the keeper of a private engine, and the windows' own."""
        assert self._relay is not None and self._conductor is not None  # noqa: S101, PT018 - asked for after start
        own: list[Worker] = [self._relay, self._conductor.observer, self._conductor.timekeeper]
        return [*own, *self._keepers, *(worker for window in self._windows for worker in window.workers())]

    async def health(self) -> Health:
        """The journal and the machine backend."""
        return Health((await self._machines_check(),))

    async def _machines_check(self) -> Check:
        if self._backend is None:
            return Check(name="machines", ok=False, detail="starting")
        try:
            async with asyncio.timeout(1.5):
                info = await self._backend.machines.probe()
        except (MachinesUnavailable, TimeoutError) as error:
            return Check(name="machines", ok=False, detail=str(error) or "the machine backend does not answer", required=False)
        return Check(name="machines", ok=True, detail=f"{info.kind} {info.version}{self._machines_to_come()}")

    def _machines_to_come(self) -> str:
        """How many VMs that are on still wait for their machine, as after the first start."""
        vms = self._conductor.hands.state.all(Vm) if self._conductor is not None else []
        waiting = sum(1 for vm in vms if vm.power is Power.ON and not vm.machine)
        return f", {waiting} VMs wait for their machines" if waiting else ""

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """Every window's, and the Docker engine when it is our own."""
        found = [endpoint for window in self._windows for endpoint in window.endpoints(addresses)]
        engine = self._backend.engine if self._backend else None
        if engine is not None and engine.owned:
            found.append(Endpoint(name="docker", url=engine.docker_host, env={"DOCKER_HOST": engine.docker_host}))
        return found


async def _park(conductor: Conductor, engine: Engine | None) -> None:
    """Stop the containers so that nothing is left running; the next start runs them again.  A private engine ends too."""
    if engine is None:
        return
    try:
        await conductor.observer.park()
        await engine.stop()
    except DcsimError as error:
        log.warning("machines could not be parked", reason=error.message)


def open_world(context: ServiceContext) -> World:
    """The world of the data directory; a new one is filled from the settings' inventory."""
    settings = context.settings
    world = World.open(settings.data_dir / JOURNAL, context.clock, synchronous=settings.journal.synchronous)
    if world.record is None:
        inventory = initial_inventory(settings.world, network_base(settings))
        salt = digest(str(settings.data_dir.resolve()))[:4].hex()
        world.execute_now(SeedWorld(inventory=inventory, seed=settings.world.seed, timing=settings.world.timing, salt=salt), SYSTEM)
        log.info("new world", seed=settings.world.seed, made_from=str(settings.world.inventory or settings.world.preset))
    elif settings.world.model_fields_set:
        asked = ", ".join(sorted(settings.world.model_fields_set))
        log.warning("the world of the data directory goes on: settings of new worlds have no effect", settings=asked)
    return world


def network_base(settings: Settings) -> str:
    """The range for the networks of a new world: the one that is set, else one that this machine does not route elsewhere."""
    if settings.world.network_base != "auto" or settings.machines.backend == "simulated":
        return NETWORK_BASE if settings.world.network_base == "auto" else settings.world.network_base
    routed = [network for _, network in host_routes()]
    candidates = (f"10.{second}.0.0/16" for second in range(77, 100))
    return next((base for base in candidates if not any(IPv4Network(base).overlaps(network) for network in routed)), NETWORK_BASE)


def journal_path(data_dir: Path) -> Path:
    """Where the engine's journal is."""
    return data_dir / JOURNAL
