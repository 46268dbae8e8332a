"""The metadata service in every container: a socket inside it at 169.254.169.254, from the start of its machine to its end.

Its guest sees as many processors as its flavor has, too, and how long it has run.  All of that lives in this process: containers that
went on without it, after a crash, get it back once machines and the world have been compared.

What asks there is known by the socket, so overlapping networks make no difference.  Simulated machines have none: nobody is inside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from aiohttp import web

from dcsim.errors import DcsimError, MachineNotFound
from emulators.machines.port import MachineState
from emulators.machines.turns import Turns
from emulators.openstack.cloud import Cloud
from emulators.openstack.compute.servers.metadata_service import answer
from emulators.openstack.compute.servers.records import NovaServer
from emulators.world.decisions.power import VM_GUEST_CHANGED, VM_POWERED_ON, VM_RESET
from emulators.world.engine import Committed
from emulators.world.model import Owner, Power, Vm

log = structlog.get_logger(__name__)
ADDRESS: Final = "169.254.169.254"
PORT: Final = 80
STARTS: Final = frozenset({VM_POWERED_ON.name, VM_RESET.name, VM_GUEST_CHANGED.name})
REAL: Final = "docker"
PROCESSORS: Final = "/proc/cpuinfo"


def processors(count: int) -> bytes:
    """``/proc/cpuinfo`` of a guest with so many processors: a container sees all of its host's otherwise."""
    one = "processor\t: {number}\nvendor_id\t: dc-sim\nmodel name\t: dc-sim virtual CPU\ncpu cores\t: {count}\nsiblings\t: {count}\n\n"
    return "".join(one.format(number=number, count=count) for number in range(count)).encode()


def _is_served(vm: Vm) -> bool:
    """Whether somebody is inside who may ask."""
    return vm.owner is Owner.OPENSTACK and vm.machine == REAL and vm.power is Power.ON


class MetadataSockets:
    """The sockets of one cloud, from the moment that it is made until `close`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._runners: dict[str, tuple[Any, web.ServerRunner]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._turns = Turns()
        self._unwatch = cloud.world.watch(self._on_commit)

    def take_up(self) -> None:
        """Open the sockets of containers that run already, as soon as it is known which do; nobody has to wait for that."""
        if any(map(_is_served, self._cloud.state.iterate(Vm))):
            self._begin(self._open_running())

    async def _open_running(self) -> None:
        await self._cloud.conductor.observer.reconciled.wait()
        for vm in filter(_is_served, self._cloud.state.all(Vm)):
            try:
                observed = await self._cloud.conductor.hands.machines.inspect(vm.uid)
            except DcsimError as error:
                log.warning("it is not known whether a server's guest runs", vm=vm.name, reason=error.message)
                continue
            if observed.state is MachineState.RUNNING:
                await self._open(vm)

    def _on_commit(self, committed: Committed) -> None:
        for record in committed.records:
            if record.event.type in STARTS:
                vm = self._cloud.state.maybe(Vm, record.event.subject)
                if vm is not None and _is_served(vm):
                    self._begin(self._open(vm))
        for uid in [uid for uid in self._runners if self._ended(uid)]:
            self._begin(self._shut(uid))

    def _ended(self, uid: str) -> bool:
        vm = self._cloud.state.maybe(Vm, uid)
        return vm is None or vm.power is Power.OFF

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _open(self, vm: Vm) -> None:
        """Listen in a machine that runs; one that is known by its start already does."""
        async with self._turns.of(vm.uid):
            known = self._runners.get(vm.uid)
            if known is None or known[0] != vm.guest.started:
                await self._shut(vm.uid)
                await self._listen(vm)

    async def _listen(self, vm: Vm) -> None:
        machines = self._cloud.conductor.hands.machines
        try:
            listener = await machines.listen(vm.uid, ADDRESS, PORT)
            await machines.count_uptime(vm.uid)  # before the rest: whoever logs in early reads it first
            await machines.show(vm.uid, PROCESSORS, processors(vm.cpus))
        except MachineNotFound:
            return  # it goes: nobody asks any more
        except DcsimError as error:
            log.warning("a server's guest can't be told of itself", vm=vm.name, reason=error.message)
            return
        server = self._cloud.state.one(NovaServer, "vm", vm.uid)
        if listener is None or server is None:
            return
        uid = server.uid

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            return await answer(self._cloud, uid, request)

        runner = web.ServerRunner(web.Server(handle, access_log=None))
        await runner.setup()
        await web.SockSite(runner, listener).start()
        self._runners[vm.uid] = vm.guest.started, runner

    async def _shut(self, uid: str) -> None:
        known = self._runners.pop(uid, None)
        if known is not None:
            await known[1].cleanup()

    async def close(self) -> None:
        """Listen no more."""
        self._unwatch()
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for uid in list(self._runners):
            await self._shut(uid)
