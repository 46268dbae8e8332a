"""The graph as an Ansible inventory."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from cmdb.ansible import Asked, inventory
from cmdb.api.context import Context, routes
from cmdb.stores.snapshot import Snapshot
from dcsim.http.routes import JSON, Request
from dcsim.http.streaming import Stream


@routes.get("/cmdb/ansible/inventory", "An Ansible inventory, in the shape of --list", query=Asked, streams=(JSON,))
async def ansible_inventory(request: Request[Context]) -> Stream:
    """Hosts with their variables in ``_meta``, and groups."""
    asked: Asked = request.query
    asked.queries()
    async with AsyncExitStack() as stack:
        snapshot = await stack.enter_async_context(request.context.store.snapshot())
        pieces = _held(stack.pop_all(), snapshot, asked)
    return Stream(pieces, JSON, {"ETag": f'"{snapshot.revision}"'} if snapshot.exact else {})


async def _held(stack: AsyncExitStack, snapshot: Snapshot, asked: Asked) -> AsyncGenerator[bytes, None]:
    async with stack:
        async for piece in inventory(snapshot, asked):
            yield piece
