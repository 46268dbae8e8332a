"""Actions on what a server does: start, stop, reboot, pause, suspend, crash dump."""

from __future__ import annotations

from typing import Final

from emulators.openstack.call import Call
from emulators.openstack.compute.servers.asked import simple
from emulators.openstack.compute.servers.schemas import ANYTHING, REBOOT
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import member
from emulators.openstack.schemas import NULL

ACTION: Final = "/servers/{server_id}/action"


@COMPUTE.action(ACTION, "os-start", body=ANYTHING)
async def start(call: Call) -> None:
    """Power on."""
    await simple(call, "os-start")


@COMPUTE.action(ACTION, "os-stop", body=ANYTHING)
async def stop(call: Call) -> None:
    """Shut down."""
    await simple(call, "os-stop")


@COMPUTE.action(ACTION, "reboot", body=REBOOT)
async def reboot(call: Call) -> None:
    """SOFT asks the guest to restart, HARD restarts it."""
    await simple(call, str(call.body["type"]).upper())


@COMPUTE.action(ACTION, "pause", body=ANYTHING, rule=member)
async def pause(call: Call) -> None:
    """Freeze in memory."""
    await simple(call, "pause")


@COMPUTE.action(ACTION, "unpause", body=ANYTHING)
async def unpause(call: Call) -> None:
    """Go on."""
    await simple(call, "unpause")


@COMPUTE.action(ACTION, "suspend", body=ANYTHING)
async def suspend(call: Call) -> None:
    """Freeze to disk."""
    await simple(call, "suspend")


@COMPUTE.action(ACTION, "resume", body=ANYTHING)
async def resume(call: Call) -> None:
    """Go on."""
    await simple(call, "resume")


@COMPUTE.action(ACTION, "trigger_crash_dump", body=NULL, versions="2.17-")
async def trigger_crash_dump(call: Call) -> None:
    """Send the guest a non-maskable interrupt; containers have no kernel of their own to take a dump."""
    await simple(call, "trigger_crash_dump")
