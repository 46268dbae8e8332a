"""What a service is: a name, a start and a stop, listeners, workers, health, and the endpoints it announces.

The supervisor calls, in this order: `start` → binds `listeners()` → `endpoints(addresses)` → runs `workers()`; and on the way
down: listeners stop accepting → `drain` → requests in flight finish → workers are cancelled → `stop`.  Services that are
`Service.late` start after all others.  A service that cannot work raises an OperationalError in `start`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol

import msgspec

if TYPE_CHECKING:
    from aiohttp import web

    from dcsim.bus import Bus
    from dcsim.clock import SimulatedClock
    from dcsim.security.secrets import Secrets
    from dcsim.security.tls import TlsFiles
    from dcsim.security.tokens import Tokens
    from dcsim.settings import Settings
    from dcsim.telemetry import Telemetry

    LowLevelHandler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """What the kernel gives every service; the same objects for all services of a process.

    The bus is opened after every service that is not `Service.late` has started, so that clients can log in early: use it in workers
    and requests, whose calls wait for it, and not in such a service's `start`.
    """

    settings: Settings
    clock: SimulatedClock
    bus: Bus
    secrets: Secrets
    tls: TlsFiles
    tokens: Tokens
    telemetry: Telemetry
    announced: dict[str, Endpoint] = field(default_factory=dict)
    """By name, the endpoints of this process's services that have started; `Service.late` ones find all early ones here."""


class ListenerKind(StrEnum):
    """What the kernel adds to a listener's application."""

    REST = "rest"
    """``/healthz``, ``/readyz``, ``/metrics``, RFC 9457 problems, request ids, trace context."""
    VENDOR = "vendor"
    """Request ids and trace context only: the adapter words its own faults."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One address to listen on.

    ``handler`` is an aiohttp application, or a low-level handler that gets every request itself.  The same application may stand
    behind several listeners.  ``port`` 0 takes any free one; ``setting`` is the key that changes it (``ports.engine``), for the
    sentence that says the port is taken.  ``path`` is appended in `Address.url`.  ``max_body`` is in bytes.
    ``decompress``: bodies with a Content-Encoding are decoded before the handler reads them.
    ``head_seconds``: how long a client of an application may take for the head of a request; 0 stands for ever.
    """

    name: str
    handler: web.Application | LowLevelHandler
    port: int
    setting: str
    tls: bool = False
    path: str = ""
    kind: ListenerKind = ListenerKind.VENDOR
    max_body: int = 16 * 1024 * 1024
    decompress: bool = True
    head_seconds: float = 0.0


class Address(msgspec.Struct, frozen=True):
    """Where a listener really listens; ``host`` is one that a client on this machine can use."""

    host: str
    port: int
    tls: bool = False
    path: str = ""

    @property
    def netloc(self) -> str:
        """``host:port``, with brackets round an IPv6 address."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL with scheme and path."""
        return f"{'https' if self.tls else 'http'}://{self.netloc}{self.path}"


class Hint(msgspec.Struct, frozen=True):
    """One command that a person can paste to use an endpoint with the named client."""

    client: str
    command: str


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table that ``dcsim up`` prints.

    ``env`` holds the variables that this vendor's clients read (``GOVC_URL`` ...), for ``dcsim env``; it may hold passwords, so
    endpoints are written only to files with mode 0600.  ``health`` is the URL to poll until the endpoint is ready.
    """

    name: str
    url: str
    user: str = ""
    password: str = ""
    hints: tuple[Hint, ...] = ()
    env: dict[str, str] = {}
    health: str = ""
    api: str = ""
    """The name under which the gateway serves this REST API (``/api/<api>``), when it is one of dc-sim's own."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one component; ``detail`` says what is wrong and what to do.

    A component that is not ``required`` may be down while the service still serves (it shows as degraded).
    """

    name: str
    ok: bool
    detail: str = ""
    required: bool = True


class Health(msgspec.Struct, frozen=True):
    """The checks of one service."""

    checks: tuple[Check, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether the service can do its work: every required component is up."""
        return all(check.ok for check in self.checks if check.required)

    @property
    def status(self) -> str:
        """``ok``, ``degraded`` (something optional is down) or ``down``."""
        if not self.ready:
            return "down"
        return "ok" if all(check.ok for check in self.checks) else "degraded"


class Worker(Protocol):
    """Something that runs until it is cancelled; `dcsim.bus.Consumer` and `dcsim.bus.OutboxRelay` are workers.

    A worker that ends by itself or raises takes its whole process down, so it retries what can be retried.
    """

    @property
    def name(self) -> str:
        """What logs call it."""
        ...

    async def run(self) -> None:
        """Work until cancelled; being cancelled at any await must lose nothing."""
        ...


class Service(ABC):
    """The base of every service.  Instances are made without arguments and started once."""

    name: ClassVar[str]
    late: ClassVar[bool] = False
    """Whether it starts only when the others listen and the bus is open, so that it takes none of their time."""

    @abstractmethod
    async def start(self, context: ServiceContext) -> None:
        """Make ready to serve.  Raises OperationalError, whose message the user sees, when that is impossible."""

    @abstractmethod
    async def stop(self) -> None:
        """Let go of everything.  Called once after `start`, also when `start` failed halfway."""

    async def drain(self) -> None:  # noqa: B027 - most services have nothing to hurry
        """Answer long polls now: nothing new comes in, and requests in flight have a few seconds left."""

    def listeners(self) -> Sequence[Listener]:
        """What to listen on; asked for once, after `start`."""
        return ()

    def workers(self) -> Sequence[Worker]:
        """What runs beside the listeners: bus consumers, the outbox relay; asked for once, after `start`."""
        return ()

    async def health(self) -> Health:
        """The state of the service's components now; must answer within 2 s."""
        return Health()

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """What to tell users, given where each listener (by name) really listens."""
        return [Endpoint(name=name, url=address.url) for name, address in addresses.items()]
