"""The door, put together: what every request passes, and the routes that are nobody else's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from dcsim.http.heads import HEAD_SECONDS
from dcsim.http.routes import Routes
from dcsim.service import Check, Listener, ListenerKind, ServiceContext
from graph.backends.caller import Services
from graph.entry.buckets import Allowance, SharedBuckets
from graph.entry.documents import PATH, Documents
from graph.entry.files import Files
from graph.entry.limits import Limiter, guarded, limited, tell
from graph.entry.proxy import Proxy
from graph.entry.shielding import from_here, shield

MOST_BYTES: Final = 16 * 1024 * 1024
"""What a request's body may have."""
PLAIN: Final = "gateway"
SECURE: Final = "gateway-tls"
VIEWER: Final = Path(__file__).parent / "viewer"


class Entry:
    """The gateway's own part; ``limiter`` charges whatever else costs points."""

    def __init__(self, context: ServiceContext, services: Services, own: Iterable[Routes] = ()) -> None:
        self._settings = context.settings
        given = context.settings.gateway
        self._buckets = SharedBuckets(context.bus)
        self.limiter = Limiter(self._buckets, Allowance(given.points_at_once, given.points_per_second))
        self._viewer = Files("/docs/api", VIEWER)
        self._parts: tuple[Any, ...] = (Proxy(services), Documents(services, own), self._viewer)

    @property
    def public(self) -> frozenset[str]:
        """The paths that need no token."""
        return self._viewer.paths | {PATH, "/docs/api"}

    def around(self, authentication: Any) -> list[Any]:
        """The middlewares, *authentication* among them."""
        return [from_here(), guarded(self.limiter), authentication, limited(self.limiter)]

    def add_to(self, app: web.Application) -> None:
        """Serve its routes, and add headers to all answers."""
        for part in self._parts:
            part.add_to(app)
        app.on_response_prepare.append(shield)
        app.on_response_prepare.append(tell)

    def listeners(self, app: web.Application) -> Sequence[Listener]:
        """Plain, with TLS, or both, as ``gateway.tls`` says; the first is what clients are told of."""
        ports, mode = self._settings.ports, self._settings.gateway.tls
        given: dict[str, Any] = {"kind": ListenerKind.REST, "max_body": MOST_BYTES, "head_seconds": HEAD_SECONDS}
        first = Listener(PLAIN, app, ports.gateway, "ports.gateway", tls=mode == "on", **given)
        if mode != "both":
            return [first]
        return [first, Listener(SECURE, app, ports.gateway_tls, "ports.gateway_tls", tls=True, **given)]

    def check(self) -> Check:
        """Whether limits are shared between gateways."""
        away = self._buckets.away
        detail = "Redis does not answer: each gateway counts requests by itself" if away else ""
        return Check(name="limits", ok=not away, detail=detail, required=False)
