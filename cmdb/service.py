"""The CMDB as a service.  Importing this costs next to nothing: what it is made of is imported when it starts, after the others."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from dcsim.service import Address, Check, Endpoint, Health, Listener, Service, ServiceContext, Worker

if TYPE_CHECKING:
    from cmdb.assembly import Cmdb


class CmdbService(Service):
    """Keeps the graph up with the engine, and answers questions about it."""

    name: ClassVar[str] = "cmdb"
    late: ClassVar[bool] = True

    def __init__(self) -> None:
        self._cmdb: Cmdb | None = None

    async def start(self, context: ServiceContext) -> None:
        """Put the parts together; the store is opened by a worker, which waits for one that is away."""
        await asyncio.to_thread(importlib.import_module, "cmdb.assembly")  # a tenth of a second in which clients are answered
        from cmdb.assembly import Cmdb  # noqa: PLC0415 - see above

        self._cmdb = Cmdb(context)

    async def stop(self) -> None:
        """Close the store."""
        if self._cmdb is not None:
            await self._cmdb.close()

    def listeners(self) -> Sequence[Listener]:
        """One, plain HTTP."""
        return self._cmdb.listeners() if self._cmdb is not None else ()

    def workers(self) -> Sequence[Worker]:
        """The opener of the store, and what keeps the graph current."""
        return self._cmdb.workers() if self._cmdb is not None else ()

    async def health(self) -> Health:
        """The store's."""
        return await self._cmdb.health() if self._cmdb is not None else Health((Check(name="store", ok=False, detail="starting"),))

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """Its URL."""
        return self._cmdb.endpoints(addresses) if self._cmdb is not None else ()
