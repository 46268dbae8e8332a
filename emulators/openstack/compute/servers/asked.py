"""What simple actions ask of the world: a check against the state machine, a task, and work on the machine."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.queued import reboot_when_free
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.servers.works import Caller, begin_work
from emulators.openstack.faults import Fault
from emulators.world.decide import Decision
from emulators.world.decisions.operations import holder
from emulators.world.model import Hypervisor


class Simple(NamedTuple):
    """An action without arguments: its row in `states.WHEN`, the task that the server has meanwhile, the work, and its name in lists."""

    when: str
    task: str
    work: str
    action: str


SIMPLE: Final[dict[str, Simple]] = {
    "os-start": Simple("start", "powering-on", "start", "start"),
    "os-stop": Simple("stop", "powering-off", "stop", "stop"),
    "pause": Simple("pause", "pausing", "pause", "pause"),
    "unpause": Simple("unpause", "unpausing", "unpause", "unpause"),
    "suspend": Simple("suspend", "suspending", "suspend", "suspend"),
    "resume": Simple("resume", "resuming", "resume", "resume"),
    "SOFT": Simple("reboot", "rebooting", "reboot", "reboot"),
    "HARD": Simple("reboot HARD", "rebooting_hard", "reboot", "reboot"),
    "trigger_crash_dump": Simple("trigger_crash_dump", "", "rewire", "trigger_crash_dump"),
}


@ask
def do(d: Decision, *, server: str, name: str, admin: bool, caller: Caller) -> None:
    """Begin a simple action; raises Fault 409 when it is not allowed now, or the server's host does not answer."""
    found, simple = d.get(NovaServer, server), SIMPLE[name]
    states.require(found, simple.when, admin=admin)
    require_machine(d, found, simple.when)
    if name == "HARD" and holder(d, found.vm) is not None:
        reboot_when_free(d, found, caller)
        return
    begin_work(d, found, simple.work, task=simple.task, action=simple.action, caller=caller, type=name)


def require_machine(d: Decision, server: NovaServer, action: str) -> None:
    """Raise Fault 409 when the server has no VM, or its compute service is not there to act on it."""
    if not server.vm or not server.host:
        raise Fault(409, f"Instance {server.uid} is not ready: it has no host")
    host = d.state.maybe(Hypervisor, server.host)
    if host is not None and not host.running:
        raise Fault(
            409, f"Cannot '{action.partition(' ')[0]}' instance {server.uid}: compute service of {host.name} is unavailable at this time."
        )


async def simple(call: Call, name: str) -> None:
    """Do a simple action of `SIMPLE` for the caller."""
    server = server_of(call)
    await call.ask(do, server=server.uid, name=name, admin=call.credentials.admin, caller=caller_of(call))
