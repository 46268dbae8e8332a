"""The metadata service in every container: a socket inside it at 169.254.169.254, from the start of its machine to its end.

Its guest sees as many processors as its flavor has, too, and how long it has run.

What asks there is known by the socket, so overlapping networks make no difference.  Simulated machines have none: nobody is inside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog
from aiohttp import web

from dcsim.errors import DcsimError
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


class MetadataSockets:
    """The sockets of one cloud; `watch` begins, `close` ends it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._runners: dict[str, tuple[Any, web.ServerRunner]] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._unwatch = cloud.world.watch(self._on_commit)

    def _on_commit(self, committed: Committed) -> None:
        for record in committed.records:
            if record.event.type in STARTS:
                vm = self._cloud.state.maybe(Vm, record.event.subject)
                if vm is not None and vm.owner is Owner.OPENSTACK and vm.machine == REAL and vm.power is Power.ON:
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
        """Listen in a machine that has just started; one that is known by its start already does."""
        known = self._runners.get(vm.uid)
        if known is not None and known[0] == vm.guest.started:
            return
        await self._shut(vm.uid)
        machines = self._cloud.conductor.hands.machines
        try:
            listener = await machines.listen(vm.uid, ADDRESS, PORT)
            await machines.show(vm.uid, PROCESSORS, processors(vm.cpus))
            await machines.count_uptime(vm.uid)
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
