"""The engine's REST API as a window of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aiohttp import web

from dcsim.http.auth import PUBLIC, authenticated
from dcsim.service import Address, Endpoint, Hint, Listener, ListenerKind, ServiceContext
from emulators.api import plant, trials  # noqa: F401 - importing declares their routes
from emulators.api.context import EngineContext
from emulators.api.routes import routes
from emulators.conductor import Conductor
from emulators.window import Rest, Window
from emulators.world.checkpoints import Checkpoints
from emulators.world.engine import World

NAME = "engine"


class EngineApi(Window):
    """REST under /sim, for dc-sim's own services, the command line and scripts; and what other windows have of REST."""

    def __init__(self, context: ServiceContext, world: World, conductor: Conductor) -> None:
        super().__init__(context, world, conductor)
        self._others: list[Rest] = []

    def add(self, others: Iterable[Rest]) -> None:
        """Serve these too; to be called before ``listeners``."""
        self._others += others

    def listeners(self) -> Sequence[Listener]:
        """One, plain HTTP."""
        documents = {routes.document, *(other.routes.document for other in self._others)}
        app = web.Application(middlewares=[authenticated(self.context.tokens, scope="sim", public=PUBLIC | documents)])
        data_dir = self.context.settings.data_dir
        checkpoints = Checkpoints(self.world, data_dir / "checkpoints")
        routes.add_to(app, EngineContext(self.world, self.conductor, checkpoints, data_dir / "forks"))
        for other in self._others:
            other.routes.add_to(app, other.context)
        return [Listener(NAME, app, self.context.settings.ports.engine, "ports.engine", kind=ListenerKind.REST)]

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """Its URL and a token."""
        url = addresses[NAME].url
        token = self.context.tokens.issue("dcsim", scopes=["sim:read", "sim:write"])
        hint = Hint("curl", f'curl -H "Authorization: Bearer $DCSIM_TOKEN" {url}/sim/state')
        return [
            Endpoint(
                name="Engine REST",
                url=url,
                hints=(hint,),
                env={"DCSIM_URL": url, "DCSIM_TOKEN": token},
                health=f"{url}/readyz",
                api="engine",
            )
        ]
