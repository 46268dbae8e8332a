"""The engine's UCS window: one UCS Manager for each domain of the world, over HTTP and HTTPS."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from dcsim.service import Address, Endpoint, Hint, Listener, ServiceContext
from emulators.conductor import Conductor
from emulators.ucs import methods, projection
from emulators.ucs.app import UcsApp
from emulators.ucs.bootstrap.ensure import ensure
from emulators.ucs.domain import ADMIN, Domain
from emulators.ucs.methods.registry import load
from emulators.ucs.rest.routes import routes
from emulators.ucs.rest.views import Domains
from emulators.ucs.xmlapi.request import MAX_BODY
from emulators.window import Rest, Window
from emulators.world.engine import World
from emulators.world.model import UcsDomain

_MAX_BODY = MAX_BODY + 4096  # the application has its own limit, and answers what exceeds it as UCS Manager does


def open_domains(world: World, passwords: dict[str, str]) -> list[Domain]:
    """A UCS Manager for each domain of a world, for users with their passwords in the clear."""
    load(methods, projection)
    ensure(world)
    return [Domain(world, domain, passwords) for domain in world.state.all(UcsDomain)]


class Ucs(Window):
    """``/nuova`` of every domain; the first stands on the ports of the settings, the others on the next ones or any."""

    def __init__(self, context: ServiceContext, world: World, conductor: Conductor) -> None:
        super().__init__(context, world, conductor)
        self.domains: list[Domain] = []
        self._password = ""

    async def open(self) -> None:
        """Make the domains ready, and let the administrator in."""
        self._password = self.context.secrets.password("ucs-admin")
        self.domains = open_domains(self.world, {ADMIN: self._password})
        for domain in self.domains:
            await asyncio.to_thread(domain.audit.load)

    async def drain(self) -> None:
        """End streams of events."""
        for domain in self.domains:
            domain.events.close()

    async def close(self) -> None:
        """End all sessions."""
        for domain in self.domains:
            domain.close()

    def listeners(self) -> Sequence[Listener]:
        """Two for each domain."""
        ports = self.context.settings.ports
        return [one for place, domain in enumerate(self.domains) for one in _listeners(place, domain, ports.ucs_http, ports.ucs_https)]

    def rest(self) -> Sequence[Rest]:
        """All domains as JSON."""
        return [Rest(routes, Domains(self.domains))]

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """How to reach each with ucsmsdk; the first one's are the variables' too."""
        return list(self._endpoints(addresses))

    def _endpoints(self, addresses: Mapping[str, Address]) -> Iterator[Endpoint]:
        for place, domain in enumerate(self.domains):
            for secure in (True, False):
                address = addresses.get(_name(place, secure=secure))
                if address is not None:
                    yield self._endpoint(place, domain, address, secure=secure)

    def _endpoint(self, place: int, domain: Domain, address: Address, *, secure: bool) -> Endpoint:
        connect = f"UcsHandle('{address.host}', '{ADMIN}', os.environ['UCSM_PASSWORD'], port={address.port}, secure={secure}).login()"
        env = {
            "UCSM_HOST": address.host,
            "UCSM_PORT": str(address.port),
            "UCSM_USERNAME": ADMIN,
            "UCSM_PASSWORD": self._password,
            "UCSM_SECURE": "1" if secure else "0",
        }
        return Endpoint(
            name=_name(place, secure=secure),
            url=address.url,
            user=ADMIN,
            password=self._password,
            hints=(Hint("ucsmsdk", connect),) if secure else (),
            env=env if place == 0 and secure else {},
        )


def _name(place: int, *, secure: bool) -> str:
    return f"ucs{place + 1 if place else ''}{'' if secure else '-http'}"


def _listeners(place: int, domain: Domain, http: int, https: int) -> Iterator[Listener]:
    handler = UcsApp(domain).handle
    for port, secure in ((http, False), (https, True)):
        setting = "ports.ucs_https" if secure else "ports.ucs_http"
        given = port if place == 0 else 0
        yield Listener(_name(place, secure=secure), handler, given, setting, tls=secure, path="/nuova", max_body=_MAX_BODY)
