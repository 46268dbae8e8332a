"""Running services in one process on one event loop: start in order, tell when healthy, stop in reverse order on a signal."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

import structlog

from dcsim.bus import Bus
from dcsim.bus.lease import drop_all_leases
from dcsim.bus.metrics import watch_consumers
from dcsim.clock import SimulatedClock
from dcsim.datadir import DataDir, RunState
from dcsim.errors import OperationalError
from dcsim.hosting import Hosted
from dcsim.security.secrets import Secrets
from dcsim.security.tls import TlsFiles
from dcsim.security.tokens import Tokens
from dcsim.service import Service, ServiceContext
from dcsim.settings import LOOPBACK, Settings
from dcsim.telemetry import Telemetry
from dcsim.valkey import PrivateValkey

log = structlog.get_logger(__name__)

READY_SECONDS: Final = 60.0

WhenReady = Callable[[RunState], None]


def make_secrets(settings: Settings) -> Secrets:
    """The secrets of the settings' data directory."""
    return Secrets(settings.data_dir / "secrets.json", demo=settings.security.demo)


def make_tls(settings: Settings) -> TlsFiles:
    """The certificates of the settings' data directory."""
    names = [] if settings.host in {*LOOPBACK, "0.0.0.0", "::"} else [settings.host]  # noqa: S104 - a comparison
    return TlsFiles(settings.data_dir / "tls", names=names)


class Supervisor:
    """One run of some services."""

    def __init__(self, settings: Settings, services: Sequence[Service], *, when_ready: WhenReady | None = None) -> None:
        self._settings = settings
        self._services = services
        self._when_ready = when_ready
        self._data_dir = DataDir(settings.data_dir)
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None

    async def run(self) -> None:
        """Serve until SIGINT, SIGTERM or `stop`.

        Raises OperationalError (AlreadyRunning, PortTaken, BusUnavailable ...) when something does not start, and what a worker
        raised when one fails; everything has been stopped by then.
        """
        self._data_dir.lock()
        try:
            async with AsyncExitStack() as stack:
                self._handle_signals(stack)
                await self._unless_stopped(self._start(stack))
                await self._stop.wait()
                log.info("stopping")
        finally:
            self._data_dir.unlock()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Let `run` return, as a signal does."""
        self._stop.set()

    def _handle_signals(self, stack: AsyncExitStack) -> None:
        """The first signal stops gracefully; a second one does what it does by default."""
        loop = asyncio.get_running_loop()

        def on_signal() -> None:
            self.stop()
            restore()

        def restore() -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on_signal)
        stack.callback(restore)

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Await *work*, or give it up as soon as `stop` is called."""
        working, stopping = asyncio.create_task(work), asyncio.create_task(self._stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (working, stopping):
            if not task.done():
                task.cancel()
        outcomes = await asyncio.gather(working, stopping, return_exceptions=True)
        if isinstance(outcomes[0], Exception):
            raise outcomes[0]

    async def _start(self, stack: AsyncExitStack) -> None:
        context = self._context()
        bus_stack = await stack.enter_async_context(AsyncExitStack())  # entered first: services still have the bus while they stop
        serving = asyncio.create_task(self._serve_bus(bus_stack))
        stack.push_async_callback(_cancelled, serving)
        hosted = [Hosted(service, context, self._fail) for service in self._services]
        early, late = ([one for one in hosted if one.late is late] for late in (False, True))
        await self._start_all(stack, early)
        # Clients can log in from here on; connecting the bus takes a few hundred milliseconds of imports, so it comes last.
        await self._open_bus(context.bus, await serving, bus_stack)
        await self._start_all(stack, late)
        watch_consumers(context.bus, [consumer for one in hosted for consumer in one.consumers], context.telemetry.metrics)
        for one in hosted:
            await one.until_ready(READY_SECONDS)
        self._tell(hosted)

    async def _start_all(self, stack: AsyncExitStack, hosted: Sequence[Hosted]) -> None:
        for one in hosted:
            stack.push_async_callback(one.stop)
            await one.start()
            one.announce()

    def _context(self) -> ServiceContext:
        secrets = make_secrets(self._settings)
        return ServiceContext(
            settings=self._settings,
            clock=SimulatedClock(),
            bus=Bus(),
            secrets=secrets,
            tls=make_tls(self._settings),
            tokens=Tokens(secrets, jwks_url=self._settings.security.jwks_url),
            telemetry=Telemetry(),
        )

    async def _serve_bus(self, stack: AsyncExitStack) -> str:
        """The bus's URL; a private Valkey is started when none is given."""
        if self._settings.bus.url:
            return self._settings.bus.url
        valkey = PrivateValkey(self._settings.data_dir / "bus")
        stack.push_async_callback(valkey.stop)
        await valkey.start()
        stack.push_async_callback(_cancelled, asyncio.create_task(valkey.keep()))
        return valkey.url

    async def _open_bus(self, bus: Bus, url: str, stack: AsyncExitStack) -> None:
        stack.push_async_callback(bus.close)
        await bus.open(url)
        if not self._settings.bus.url:
            await drop_all_leases(bus)  # nobody else uses a private bus, so they are left from a crash

    def _tell(self, hosted: Sequence[Hosted]) -> None:
        state = RunState(
            pid=os.getpid(), started=datetime.now(UTC), version=version("dc-sim"), services=tuple(one.announcement() for one in hosted)
        )
        self._data_dir.publish(state)
        log.info("ready", services=[one.name for one in state.services])
        if self._when_ready is not None:
            self._when_ready(state)

    def _fail(self, name: str, error: BaseException | None) -> None:
        """A worker ended: that is never right, so everything stops and the process says why."""
        self._failure = error or OperationalError(f"{name} ended unexpectedly; see the log.")
        log.error("worker.failed", worker=name, exc_info=error)
        self.stop()


async def _cancelled(task: asyncio.Task[Any]) -> None:
    """Cancel *task* and wait for its end, whatever it is."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
