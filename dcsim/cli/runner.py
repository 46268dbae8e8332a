"""Running services in this process, for ``up`` and ``serve``."""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dcsim.cli.commands import SERVICES
from dcsim.errors import OperationalError

if TYPE_CHECKING:
    from dcsim.datadir import RunState
    from dcsim.service import Service
    from dcsim.settings import Settings


def make_services(names: Sequence[str]) -> list[Service]:
    """The services of those names.  Raises OperationalError for an unknown one."""
    return [_make(name) for name in names]


def run_services(settings: Settings, names: Sequence[str], when_ready: Callable[[RunState], None]) -> None:
    """Run until a signal.

    Start-up only allocates what stays, so it runs without the garbage collector, which never looks at those objects again.
    """
    gc.disable()
    with _without("rich"):  # structlog would import all of it, to draw tracebacks that nobody asked for
        import structlog  # noqa: F401
    from dcsim.collector import Collector
    from dcsim.supervisor import Supervisor, make_secrets
    from dcsim.telemetry.logs import configure_logs

    secrets = make_secrets(settings)
    configure_logs(level=settings.telemetry.log_level, form=settings.telemetry.log_format, secrets=secrets.known)
    services = make_services(names)

    collector = Collector()

    def on_ready(state: RunState) -> None:
        collector.start()
        when_ready(state)

    async def serve() -> None:
        try:
            await Supervisor(settings, services, when_ready=on_ready).run()
        finally:
            await collector.stop()

    with asyncio.Runner(debug=settings.process.asyncio_debug or None, loop_factory=_loop_factory(settings)) as runner:
        runner.run(serve())


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Let imports inside the block find that a module is not installed, unless it is imported already."""
    absent = module not in sys.modules
    if absent:
        sys.modules[module] = None  # type: ignore[assignment]  # what `import` takes for a module that cannot be found
    try:
        yield
    finally:
        if absent:
            del sys.modules[module]


def _make(name: str) -> Service:
    """One of dc-sim's services by name, or a user's by import path."""
    target = SERVICES.get(name, name)
    module, colon, attribute = target.partition(":")
    if not colon:
        raise OperationalError(f"There is no service {name}; there are: {', '.join(SERVICES)}, and module:Class for one of your own.")
    try:
        service: Service = getattr(importlib.import_module(module), attribute)()
    except ModuleNotFoundError as error:
        raise OperationalError(f"The service {name} cannot be imported ({error}); is it on PYTHONPATH?") from error
    return service


def _loop_factory(settings: Settings) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's when it is there and wanted."""
    if settings.process.uvloop == "never":
        return None
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
