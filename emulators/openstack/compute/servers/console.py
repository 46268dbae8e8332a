"""Consoles, passwords, diagnostics and topology of a server."""

from __future__ import annotations

from typing import Any, Final

from dcsim.errors import DcsimError, MachineError
from dcsim.ids import uuid_for
from emulators.conductor.hands import Hands
from emulators.machines.port import MachineState, Stats
from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.metadata_service import keep_password
from emulators.openstack.compute.servers.passwords import opener, sealing
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.records import BlockDevice, NovaServer
from emulators.openstack.compute.servers.schemas import PASSWORD
from emulators.openstack.compute.servers.works import Caller, ServerWork, begin_work, conclude, let_be, work
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.network import face as network
from emulators.openstack.schemas import closed, wrapped
from emulators.world.commands import Effect
from emulators.world.decide import Decision
from emulators.world.model import Vm

ALL_LINES: Final = 10_000
OUTPUT: Final = closed({"length": {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$", "minimum": -1, "minLength": 0}})
TYPES: Final = {"novnc": "vnc", "xvpvnc": "vnc", "spice-html5": "spice", "serial": "serial", "rdp-html5": "rdp", "webmks": "mks"}
MINUTE: Final = 60.0


def _typed(*words: str) -> dict[str, Any]:
    return dict(closed({"type": {"type": "string", "enum": list(words)}}, "type"))


REMOTE: Final = wrapped(
    "remote_console",
    {"protocol": {"type": "string", "enum": ["vnc", "spice", "rdp", "serial", "mks"]}, "type": {"type": "string", "enum": sorted(TYPES)}},
    "protocol",
    "type",
)


@COMPUTE.action(ACTION, "os-getConsoleOutput", body=OUTPUT, status=200)
async def console_output(call: Call) -> dict[str, Any]:
    """The last lines of the machine's console, all of them when no length is given."""
    server = server_of(call)
    if server.vm_state == states.BUILDING or not server.vm:
        raise Fault(409, f"Instance {server.uid} is not ready")
    wanted = call.body.get("length")
    length = int(wanted) if wanted not in {None, ""} else -1
    lines = (await _logs(call, server)).splitlines()
    shown = lines if length < 0 else lines[-length:] if length else []
    return {"output": "\n".join(shown)}


async def _logs(call: Call, server: NovaServer) -> str:
    hands = call.cloud.conductor.hands
    vm = call.state.maybe(Vm, server.vm)
    if vm is None or not await hands.known(vm):
        return ""
    return await hands.machines.logs(vm.uid, ALL_LINES)


def _console(call: Call, server: NovaServer, kind: str) -> str:
    """The address of a console with its token; nothing but the token's form is real, for containers have no display."""
    if server.vm_state == states.BUILDING or not server.vm:
        raise Fault(409, f"Instance {server.uid} is not ready")
    if TYPES[kind] not in {"vnc", "serial"}:
        raise Fault(400, f"The console type '{kind}' is not available: it is disabled.")
    token = call.cloud.part(Tokens).issue(server.uid, kind)
    path = "vnc_auto.html?path=%3Ftoken%3D" if TYPES[kind] == "vnc" else "?token="
    return f"{call.origin}/{path}{token}"


class Tokens:
    """Console tokens that were given out, by what they are for; they are forgotten with the process."""

    KEPT = 1_000

    def __init__(self) -> None:
        self._given: dict[str, tuple[str, str]] = {}

    def issue(self, server: str, kind: str) -> str:
        """A new one."""
        token = new_token(server, kind, len(self._given))
        self._given[token] = (server, kind)
        if len(self._given) > self.KEPT:
            del self._given[next(iter(self._given))]
        return token

    def holder(self, token: str) -> tuple[str, str] | None:
        """The server and the type of console that a token is for."""
        return self._given.get(token)


def new_token(server: str, kind: str, count: int) -> str:
    """A token in the form of a UUID."""
    return uuid_for("console", server, kind, count)


@COMPUTE.action(ACTION, "os-getVNCConsole", body=_typed("novnc", "xvpvnc"), status=200, versions="2.1-2.5")
async def vnc_console(call: Call) -> dict[str, Any]:
    """The address of the graphical console."""
    kind = call.body["type"]
    return {"console": {"type": kind, "url": _console(call, server_of(call), kind)}}


@COMPUTE.action(ACTION, "os-getSPICEConsole", body=_typed("spice-html5"), status=200, versions="2.1-2.5")
async def spice_console(call: Call) -> dict[str, Any]:
    """Refused with Fault 400: SPICE is disabled."""
    return {"console": {"type": "spice-html5", "url": _console(call, server_of(call), "spice-html5")}}


@COMPUTE.action(ACTION, "os-getSerialConsole", body=_typed("serial"), status=200, versions="2.1-2.5")
async def serial_console(call: Call) -> dict[str, Any]:
    """The address of the serial console."""
    return {"console": {"type": "serial", "url": _console(call, server_of(call), "serial")}}


@COMPUTE.post("/servers/{server_id}/remote-consoles", body=REMOTE, versions="2.6-")
async def remote_console(call: Call) -> dict[str, Any]:
    """The address of a console of any type."""
    given = call.body["remote_console"]
    if TYPES[given["type"]] != given["protocol"]:
        raise Fault(400, f"The console type '{given['type']}' is not one of protocol {given['protocol']}.")
    return {"remote_console": {**given, "url": _console(call, server_of(call), given["type"])}}


@COMPUTE.get("/os-console-auth-tokens/{token}", rule=admin)
async def console_token(call: Call) -> dict[str, Any]:
    """Where a console's token leads."""
    found = call.cloud.part(Tokens).holder(call.path["token"])
    server = call.state.maybe(NovaServer, found[0]) if found else None
    if server is None:
        raise Fault(404, "Token not found")
    return {"console": {"instance_uuid": server.uid, "host": "127.0.0.1", "port": 5900, "internal_access_path": None}}


# -- passwords -----------------------------------------------------------------------------------------------------------------


@ask
def change_password(d: Decision, *, server: str, password: str, admin: bool, caller: Caller) -> None:
    """Begin to set the guest's password, given sealed; raises Fault 409 when that is not allowed now."""
    found = d.get(NovaServer, server)
    states.require(found, "changePassword", admin=admin)
    begin_work(d, found, "password", task="updating_password", action="changePassword", caller=caller, password=password)


@work("password", event="compute_set_admin_password")
async def set_password(hands: Hands, job: ServerWork) -> Effect:
    """Have the guest's own program set it; simulated machines run none, and take any."""
    vm = hands.vm(job.vm)
    if await hands.known(vm) and (await hands.machines.inspect(vm.uid)).backend == "docker":
        line = f"root:{opener(hands).open(job.given['password'])}\n".encode()
        done = await hands.machines.exec(vm.uid, ("chpasswd",), timeout_seconds=MINUTE, stdin=line)
        if done.exit_code:
            raise MachineError(f"The guest refused the password: {done.stderr.decode(errors='replace')[:200]}")
    return Effect()


set_password.fail(let_be)


@set_password.finish
def password_set(d: Decision, server: NovaServer, job: ServerWork, _: Effect) -> None:
    """The guest has it, and would get it again if it were made anew."""
    conclude(d, server, admin_pass=job.given["password"])


@COMPUTE.action(ACTION, "changePassword", body=closed({"adminPass": PASSWORD}, "adminPass"))
async def change_admin_password(call: Call) -> None:
    """Set the password of the guest's administrator."""
    password = call.body["adminPass"]
    if "\n" in password or "\0" in password:
        raise Fault(400, "A password is one line.")
    server = server_of(call)
    sealed = sealing(call.cloud).seal(password)
    await call.ask(change_password, server=server.uid, password=sealed, admin=call.credentials.admin, caller=caller_of(call))


@COMPUTE.get("/servers/{server_id}/os-server-password")
async def server_password(call: Call) -> dict[str, Any]:
    """The password that the guest has told its metadata service, encrypted for its owner."""
    return {"password": server_of(call).password}


@COMPUTE.delete("/servers/{server_id}/os-server-password")
async def clear_password(call: Call) -> None:
    """Forget it."""
    await call.ask(keep_password, server=server_of(call).uid, password="")


# -- diagnostics ---------------------------------------------------------------------------------------------------------------


@COMPUTE.get("/servers/{server_id}/diagnostics", rule=admin)
async def diagnostics(call: Call) -> dict[str, Any]:
    """Counters of the running machine."""
    server = server_of(call)
    if server.vm_state == states.BUILDING or not server.vm:
        raise Fault(409, f"Instance {server.uid} is not ready")
    hands = call.cloud.conductor.hands
    vm = call.state.get(Vm, server.vm)
    try:
        observed = await hands.machines.inspect(vm.uid) if await hands.known(vm) else None
        stats = await hands.machines.stats(vm.uid) if observed and observed.state is MachineState.RUNNING else None
    except DcsimError as error:
        raise Fault(409, f"Diagnostics of instance {server.uid} are not to be had: {error.message}") from error
    return _diagnostics(call, server, vm, stats) if call.since("2.48") else _old_diagnostics(vm, stats)


def _old_diagnostics(vm: Vm, stats: Stats | None) -> dict[str, Any]:
    row: dict[str, Any] = {"memory": vm.memory_bytes >> 10}
    if stats is not None:
        row |= {"cpu0_time": stats.cpu_ns, "memory-actual": stats.memory_bytes >> 10}
        row |= {"vda_read": stats.block_read_bytes, "vda_write": stats.block_write_bytes, "vda_errors": -1}
        row |= {"vnet0_rx": stats.net_rx_bytes, "vnet0_tx": stats.net_tx_bytes}
    return row


def _diagnostics(call: Call, server: NovaServer, vm: Vm, stats: Stats | None) -> dict[str, Any]:
    ports = network.ports_of(call.state, server.uid)
    devices = call.state.where(BlockDevice, "server", server.uid)
    count = len(devices) + (not any(one.boot_index == 0 for one in devices))
    disk = {"read_bytes": stats.block_read_bytes if stats else None, "write_bytes": stats.block_write_bytes if stats else None}
    disk |= {"read_requests": None, "write_requests": None, "errors_count": None}
    nic = {"rx_octets": stats.net_rx_bytes if stats else None, "tx_octets": stats.net_tx_bytes if stats else None}
    nic |= dict.fromkeys(("rx_errors", "rx_drop", "rx_packets", "rx_rate", "tx_errors", "tx_drop", "tx_packets", "tx_rate"))
    uptime = int((call.cloud.now() - vm.guest.started).total_seconds()) if vm.guest.started else None
    return {
        "state": {0: "pending", 1: "running", 3: "paused", 4: "shutdown", 6: "crashed", 7: "suspended"}[server.power_state],
        "driver": "libvirt",
        "hypervisor": "kvm",
        "hypervisor_os": "linux",
        "uptime": uptime,
        "config_drive": server.config_drive,
        "num_cpus": vm.cpus,
        "num_nics": len(ports),
        "num_disks": count,
        "memory_details": {"maximum": vm.memory_bytes >> 20, "used": (stats.memory_bytes >> 20) if stats else None},
        "cpu_details": [{"id": one, "time": stats.cpu_ns // vm.cpus if stats else None, "utilisation": None} for one in range(vm.cpus)],
        "disk_details": [disk] * count,
        "nic_details": [{"mac_address": port.mac, **nic} for port in ports],
    }


@COMPUTE.get("/servers/{server_id}/topology", versions="2.78-")
async def topology(call: Call) -> dict[str, Any]:
    """The server's NUMA nodes: it has none of its own."""
    server_of(call)
    return {"nodes": [], "pagesize_kb": None}
