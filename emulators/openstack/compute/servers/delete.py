"""DELETE /servers, and its actions."""

from __future__ import annotations

from emulators.openstack.call import Call
from emulators.openstack.compute.servers.lookup import server_of
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.removal import delete
from emulators.openstack.compute.servers.schemas import ANYTHING
from emulators.openstack.compute.servers.states import require
from emulators.openstack.compute.service import COMPUTE


@COMPUTE.delete("/servers/{server_id}")
async def remove(call: Call) -> None:
    """Delete a server; ``reclaim_instance_interval`` is 0, so nothing can be restored."""
    await call.ask(delete, server=server_of(call).uid, admin=call.credentials.admin)


@COMPUTE.action(ACTION, "forceDelete", body=ANYTHING)
async def force_delete(call: Call) -> None:
    """Delete a server, whatever it does."""
    await call.ask(delete, server=server_of(call).uid, admin=call.credentials.admin, force=True)


@COMPUTE.action(ACTION, "restore", body=ANYTHING)
async def restore(call: Call) -> None:
    """Refused with Fault 409: there are no soft-deleted servers."""
    require(server_of(call), "restore", admin=call.credentials.admin)
