"""What every route of the CMDB works with, and where they are declared."""

from __future__ import annotations

from dataclasses import dataclass, field

from cmdb.health import Surveyor
from cmdb.model import Ci
from cmdb.projection.engine import Where
from cmdb.projection.sync import Synchroniser
from cmdb.stores.port import GraphStore
from dcsim.errors import NotFound
from dcsim.http.routes import Request, Routes

routes = Routes(api="cmdb", title="dc-sim CMDB")


def nowhere() -> tuple[str, str]:
    """Where the engine is while nobody knows."""
    return "", ""


@dataclass(frozen=True, slots=True)
class Context:
    """What the handlers work with."""

    store: GraphStore
    synchroniser: Synchroniser
    engine: Where = nowhere
    surveyor: Surveyor = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "surveyor", Surveyor(self.synchroniser.feed))


async def ci_of(request: Request[Context]) -> Ci:
    """The CI that the path names; raises NotFound."""
    uid = request.path["uid"]
    found = (await request.context.store.nodes([uid])).get(uid)
    if found is None:
        raise NotFound(f"There is no CI {uid!r}.", subject=uid)
    return found
