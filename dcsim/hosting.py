"""One service inside a process: its listeners bound, its workers running, and all of it stopped again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from dcsim.bus import Consumer
from dcsim.datadir import RunningService
from dcsim.errors import OperationalError
from dcsim.http.health import health_of
from dcsim.http.server import HttpListeners
from dcsim.service import Address, ListenerKind, Service, ServiceContext

log = structlog.get_logger(__name__)

STOP_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.02

OnFailure = Callable[[str, BaseException | None], None]


class Hosted:
    """A service and what the kernel does for it.  *on_failure* hears of workers that end."""

    def __init__(self, service: Service, context: ServiceContext, on_failure: OnFailure) -> None:
        self._service = service
        self._context = context
        self._on_failure = on_failure
        self._http = HttpListeners(service, context)
        self._addresses: dict[str, Address] = {}
        self._health_url = ""
        self._workers: list[asyncio.Task[None]] = []
        self._stopping = False
        self.consumers: list[Consumer] = []

    @property
    def late(self) -> bool:
        """Whether the service starts after the others."""
        return self._service.late

    async def start(self) -> None:
        """Start the service, bind its listeners, run its workers."""
        await self._service.start(self._context)
        listeners = self._service.listeners()
        self._addresses = await self._http.bind(listeners)
        for listener in listeners:
            if listener.kind is ListenerKind.REST and not self._health_url:
                address = self._addresses[listener.name]
                self._health_url = f"{'https' if address.tls else 'http'}://{address.netloc}/readyz"
        for worker in self._service.workers():
            if isinstance(worker, Consumer):
                self.consumers.append(worker)
            task = asyncio.create_task(worker.run(), name=worker.name)
            task.add_done_callback(self._on_worker_done)
            self._workers.append(task)

    async def until_ready(self, seconds: float) -> None:
        """Return when the service is healthy.  Raises OperationalError, with what is wrong, after *seconds*."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not (health := await health_of(self._service)).ready:
            if asyncio.get_running_loop().time() > deadline:
                down = "; ".join(f"{check.name}: {check.detail or 'down'}" for check in health.checks if not check.ok)
                raise OperationalError(f"{self._service.name} is not healthy after {seconds:g} s ({down}).")
            await asyncio.sleep(POLL_SECONDS)

    def announce(self) -> None:
        """Tell the other services of this process where this one is."""
        self._context.announced.update((endpoint.name, endpoint) for endpoint in self._service.endpoints(self._addresses))

    def announcement(self) -> RunningService:
        """What users are told about it."""
        endpoints = tuple(self._service.endpoints(self._addresses))
        return RunningService(name=self._service.name, endpoints=endpoints, health=self._health_url)

    async def stop(self) -> None:
        """Stop accepting, finish what is in flight, end the workers, stop the service; errors on the way are logged."""
        self._stopping = True
        await self._step("stop accepting", self._http.stop_accepting)
        await self._step("drain", self._service.drain)
        await self._step("close", self._http.close)
        for task in self._workers:
            task.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._step("stop", self._service.stop)

    async def _step(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        """One step of stopping; the others must happen whatever becomes of it."""
        try:
            async with asyncio.timeout(STOP_SECONDS + self._context.settings.process.drain_seconds):
                await step()
        except Exception:
            log.exception("service.stop_failed", service=self._service.name, step=name)

    def _on_worker_done(self, task: asyncio.Task[None]) -> None:
        if not self._stopping and not task.cancelled():
            self._on_failure(f"{self._service.name}/{task.get_name()}", task.exception())
