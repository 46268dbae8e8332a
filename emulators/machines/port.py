"""The machines port: what the world asks of whatever runs its VMs.

A *machine* is the thing behind one powered VM: a Docker container, or a simulated stand-in. The world (the only caller) decides what should
exist; a backend makes it so and reports what is. Every id here is the world's uid; backends keep their own handles to themselves.

All methods of :class:`Machines` are coroutines, safe to cancel and safe to repeat: creating what exists adopts it, deleting what is
absent and starting what runs succeed without a change. They raise only :class:`~dcsim.errors.MachineError` and its subclasses, whose text
says what to do.
Sizes are bytes, times are aware UTC datetimes, durations are seconds.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from emulators.machines.routing import Routing

MAX_FILE_BYTES = 64 * 1024 * 1024
"""Largest file that :meth:`Machines.put_file` and :meth:`Machines.get_file` move."""

MAX_OUTPUT_BYTES = 4 * 1024 * 1024
"""Most bytes of each output stream that :meth:`Machines.exec` keeps; the rest is read and dropped."""


class MachineState(StrEnum):
    """What a machine is doing, as the backend sees it now."""

    CREATED = "created"  # exists, never started (or just reverted to a snapshot)
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    ABSENT = "absent"


class MachineEventKind(StrEnum):
    """What happened to a machine."""

    CREATED = "created"
    STARTED = "started"
    DIED = "died"
    OOM = "oom"
    PAUSED = "paused"
    RESUMED = "resumed"
    RESIZED = "resized"
    DELETED = "deleted"


class NicSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One network card: the uid of its network, its MAC, and its IPv4 address (``None``: the backend picks one of the network's)."""

    network: str
    mac: str
    ip: str | None = None


class DiskSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One data disk: the uid of its volume and the directory where the guest sees it.

    ``independent`` disks are left alone by snapshot, revert and clone.
    """

    volume: str
    path: str
    size_bytes: int
    read_only: bool = False
    independent: bool = False


class MachineSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a machine should be; ``id`` is the VM's uid and ``world`` the world that owns it.

    ``image`` names a guest image (``dcsim/guest-tiny:1``); ``command`` replaces the image's own when given. ``labels`` are kept with the
    machine and come back in :class:`Observed`. ``allow_new_privileges`` lets set-uid programs (sudo) work inside the guest.
    """

    id: str
    name: str
    image: str
    cpus: int
    memory_bytes: int
    world: str
    hostname: str = ""
    nics: tuple[NicSpec, ...] = ()
    disks: tuple[DiskSpec, ...] = ()
    env: Mapping[str, str] = msgspec.field(default_factory=dict)
    command: tuple[str, ...] | None = None
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    uuid: str = ""
    serial: str = ""
    allow_new_privileges: bool = False


class NetworkSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One segment: an IPv4 ``cidr`` and the ``gateway`` inside it (``None``: the first usable address).

    ``internal`` segments reach no other network and not the outside.  Ranges of ``tenant`` segments may overlap each other's and what is
    around them, and whoever asks for a card there says which addresses are free: a backend that cannot have the range twice puts another
    in its place and gives machines their addresses inside; ``reached`` ones' addresses are found from this machine all the same.
    """

    id: str
    name: str
    cidr: str
    world: str
    gateway: str | None = None
    mtu: int = 1500
    internal: bool = False
    tenant: bool = False
    reached: bool = False


class PacketRule(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that pass: into the machine or out of it, of a protocol (a number; -1: any), to ports (or of an ICMP type and code) from
    ``low`` to ``high`` (-1: any), with the other end in one of ``remotes`` (IPv4 networks; ``None``: anywhere, empty: nowhere).
    """

    inbound: bool
    protocol: int = -1
    low: int = -1
    high: int = -1
    remotes: tuple[str, ...] | None = None


class CardFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What passes at one card, by its addresses; nothing but what a rule lets through, and answers to that."""

    addresses: tuple[str, ...]
    rules: tuple[PacketRule, ...]


class VolumeSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One data disk's storage. ``size_bytes`` is recorded; backends without quotas don't enforce it (the world accounts for capacity)."""

    id: str
    name: str
    size_bytes: int
    world: str


class ObservedNic(msgspec.Struct, frozen=True, kw_only=True):
    """A network card as the machine has it; ``ip`` is ``None`` while it is not running, unless the address is fixed."""

    network: str
    mac: str
    ip: str | None


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """A machine as the backend sees it; ``exit_code`` and ``oom_killed`` speak of its last run."""

    id: str
    state: MachineState
    world: str = ""
    name: str = ""
    image: str = ""
    nics: tuple[ObservedNic, ...] = ()
    started_at: datetime | None = None
    exit_code: int | None = None
    oom_killed: bool = False
    cpus: int = 0
    memory_bytes: int = 0
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    backend: str = ""
    handle: str = ""  # the backend's own name for it (a container name), for people


class ExecResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a program run in the guest answered; ``truncated`` when an output passed :data:`MAX_OUTPUT_BYTES`."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    truncated: bool = False


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """Counters since the machine started, and memory in use at ``time``."""

    time: datetime
    cpu_ns: int
    memory_bytes: int
    net_rx_bytes: int
    net_tx_bytes: int
    block_read_bytes: int
    block_write_bytes: int


class MachineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened to a machine; ``outside`` when no call of this port asked for it.

    ``time`` is the backend's: an engine's is the wall's, simulated machines have the simulated clock's.
    """

    id: str
    kind: MachineEventKind
    time: datetime
    exit_code: int | None = None
    outside: bool = False


class BackendInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which backend answers, and what it has; ``kind`` is ``docker``, ``simulated`` or ``mixed``."""

    kind: str
    version: str
    endpoint: str = ""
    cpus: int = 0
    memory_bytes: int = 0
    note: str = ""


class Machines(Routing, Protocol):
    """The port. See the module's text for what holds for every method."""

    async def probe(self) -> BackendInfo:
        """Which backend this is and that it answers. Raises MachinesUnavailable."""
        ...

    async def close(self) -> None:
        """Let go of connections and streams; machines keep running."""
        ...

    async def ensure_network(self, spec: NetworkSpec) -> None:
        """Make the segment exist. Raises MachineError when its subnet overlaps another network."""
        ...

    async def remove_network(self, network_id: str) -> None:
        """Remove the segment. Raises MachineError while machines are attached."""
        ...

    async def ensure_volume(self, spec: VolumeSpec) -> None:
        """Make the volume exist."""
        ...

    async def remove_volume(self, volume_id: str) -> None:
        """Remove the volume and its data. Raises MachineError while a machine uses it."""
        ...

    async def copy_volume(self, source_id: str, target: VolumeSpec) -> None:
        """Make the target's files, which no machine uses, those that the source has now; a source that does not exist has none."""
        ...

    async def create(self, spec: MachineSpec) -> Observed:
        """Make the machine exist, not started; networks and volumes must exist. Raises ImageNotFound."""
        ...

    async def adopt(self, spec: MachineSpec, state: MachineState) -> Observed:
        """Take over, after a restart, a machine that the world remembers in ``state``; answers what really is.

        That is ``absent`` when nothing is left of it. A backend whose machines live in this process puts it in ``state`` at once, without
        an event.
        """
        ...

    async def start(self, machine_id: str) -> Observed:
        """Start it; the answer has its addresses."""
        ...

    async def stop(self, machine_id: str, grace_seconds: float = 10.0) -> None:
        """Ask the guest to end and wait; kill it after the grace."""
        ...

    async def kill(self, machine_id: str) -> None:
        """Cut the power."""
        ...

    async def pause(self, machine_id: str) -> None:
        """Suspend it. Raises MachineError unless it runs."""
        ...

    async def resume(self, machine_id: str) -> None:
        """Go on after :meth:`pause`. Raises MachineError unless it is paused or runs."""
        ...

    async def reset(self, machine_id: str) -> Observed:
        """Cut the power and start again. Raises MachineError unless it runs or is paused."""
        ...

    async def delete(self, machine_id: str) -> None:
        """Remove the machine, running or not; its volumes and snapshots stay."""
        ...

    async def resize(self, machine_id: str, cpus: int, memory_bytes: int) -> None:
        """Change its limits at once, running or not."""
        ...

    async def connect(self, machine_id: str, nic: NicSpec) -> None:
        """Plug a network card in, running or not."""
        ...

    async def disconnect(self, machine_id: str, network_id: str) -> None:
        """Pull the card on that network out."""
        ...

    async def set_disks(self, machine_id: str, disks: tuple[DiskSpec, ...]) -> bool:
        """Let a running machine see these data disks and no others, at once and until it ends; their volumes must exist.

        What a machine is made with it has again at its next start.  False when the backend can only make a machine with its disks.
        Raises MachineError when the machine does not run.
        """
        ...

    async def filter(self, machine_id: str, cards: tuple[CardFilter, ...]) -> bool:
        """Let only these packets pass while the machine runs; cards that are not named pass everything.

        False when the backend cannot hold the machine to it. Raises MachineError when the machine does not run.
        """
        ...

    async def listen(self, machine_id: str, address: str, port: int) -> socket.socket | None:
        """A socket that listens inside the machine, at an address that only it reaches; it is gone when the machine ends.

        None when the backend has no such thing. Raises MachineError when the machine does not run, or the address is taken in it.
        """
        ...

    async def show(self, machine_id: str, path: str, data: bytes) -> bool:
        """Let the machine see other bytes at a path of its kernel's (``/proc/cpuinfo``) until it ends; False when the backend can't.

        Raises MachineError when the machine does not run, or has no such path.
        """
        ...

    async def count_uptime(self, machine_id: str) -> bool:
        """Let the machine see how long it has run (``/proc/uptime``), until it ends; False when it sees something else.

        Raises MachineError when the machine does not run.
        """
        ...

    async def snapshot(self, machine_id: str, snapshot_id: str, *, disks: bool = True) -> str:
        """Keep the machine's disks as they are (no memory); answers the reference for :meth:`revert`.

        Without ``disks`` it is the machine's own file system only, and reverting to it leaves data disks alone.
        """
        ...

    async def revert(self, ref: str, spec: MachineSpec) -> Observed:
        """Put ``spec``'s machine back to the disks of ``ref``, stopped. Raises ImageNotFound when the reference is gone."""
        ...

    async def delete_snapshot(self, ref: str) -> None:
        """Forget a snapshot; machines made from it go on."""
        ...

    async def clone(self, source_id: str, spec: MachineSpec) -> Observed:
        """Make ``spec``'s machine from the source's disks as they are now; disks are matched by path, volumes must exist."""
        ...

    async def exec(
        self,
        machine_id: str,
        argv: tuple[str, ...],
        *,
        timeout_seconds: float = 60.0,
        user: str = "",
        stdin: bytes = b"",
    ) -> ExecResult:
        """Run a program in the guest and wait for it. Raises MachineError when the machine does not run, and at the deadline."""
        ...

    async def put_file(self, machine_id: str, path: str, data: bytes, mode: int = 0o644) -> None:
        """Write a file (absolute path, its directory must exist), running or not. Raises MachineError above MAX_FILE_BYTES."""
        ...

    async def get_file(self, machine_id: str, path: str) -> bytes:
        """Read a file, running or not. Raises MachineError when there is none, or above MAX_FILE_BYTES."""
        ...

    async def logs(self, machine_id: str, tail: int = 100) -> str:
        """The last lines of the console."""
        ...

    async def stats(self, machine_id: str) -> Stats:
        """Counters of a running machine. Raises MachineError when it does not run."""
        ...

    def events(self, since: datetime | None = None) -> AsyncIterator[MachineEvent]:
        """What happens since ``since`` (by the wall's time; default: from the first read), in order.

        Raises MachinesUnavailable when the stream breaks: list the machines, then follow again.
        """
        ...

    async def list(self, world: str) -> list[Observed]:
        """Every machine that carries this world's label, known to the caller or not."""
        ...

    async def inspect(self, machine_id: str) -> Observed:
        """The machine as it is; state ``absent`` when there is none."""
        ...
