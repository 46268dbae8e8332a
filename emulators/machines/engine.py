"""Finding a Docker engine, or starting a private one.

In order: the engine that ``docker_host`` or ``DOCKER_HOST`` names, the machine's own at ``/var/run/docker.sock``, a private engine that an
earlier run left behind, a new private engine (Linux, root, ``dockerd`` installed). A private engine has its own data, its own socket and no
default bridge; it runs in a session of its own, so that containers outlive a killed dc-sim and are found again by the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import platform
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dcsim.errors import MachineError, MachinesUnavailable
from emulators.machines.commands import run
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.endpoint import DEFAULT_SOCKET, UNIX
from emulators.machines.leftovers import remove_bridges

READY_SECONDS = 20.0
STOP_SECONDS = 30.0
CONTAINERD_SECONDS = 2.0
POLL_SECONDS = 0.05
BRIDGE_ID_LENGTH = 12
RUNTIME_ROOT = Path("/run")
"""Where a private engine's sockets live: a socket's path may have 107 bytes, so it can't be under a data directory of any depth."""

SIMULATED = "VMs are simulated: every API works, but no programs run in them."


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that answers. ``owned``: a private one of this data directory, which :meth:`stop` ends."""

    docker_host: str
    owned: bool = False
    pidfile: str = ""
    data_root: str = ""

    async def stop(self) -> None:
        """End a private engine and with it its containers; leave anyone else's alone. Raises MachineError when it does not end in time."""
        pid = read_pid(Path(self.pidfile)) if self.owned else None
        if pid is None:
            return
        bridges = await bridges_of(self.docker_host)
        os.kill(pid, signal.SIGTERM)
        if not await ended(pid, STOP_SECONDS):
            raise MachineError(f"The private Docker engine (pid {pid}) did not end within {STOP_SECONDS:g} s; end it with `kill -9 {pid}`.")
        await remove_bridges(bridges)
        await clear(Path(self.pidfile).parent, Path(self.data_root))


class EngineSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, and a sentence for the person who asked; ``started`` when this search started the engine."""

    engine: Engine | None
    note: str
    started: bool = False


async def find_engine(
    data_dir: Path,
    *,
    docker_host: str = "",
    start_private: bool = True,
    environ: Mapping[str, str] = os.environ,
    default_socket: Path = DEFAULT_SOCKET,
) -> EngineSearch:
    """Find an engine or start one.

    ``data_dir`` holds a private engine's data (``data_dir/docker``). An engine that was named but does not answer is an error
    (MachinesUnavailable): silently using another would surprise. Without any engine the answer has none, and says why.
    """
    private = PrivateEngine(data_dir)
    named = docker_host or environ.get("DOCKER_HOST", "")
    if named and named != private.host:  # `dcsim env` exports the private one's address: a shell that has it still means ours
        version = await ask(named)
        return EngineSearch(engine=Engine(docker_host=named), note=f"VMs are containers of the Docker engine {version} at {named}.")
    own = f"{UNIX}{default_socket}"
    if named != private.host and await answers(own):
        return EngineSearch(engine=Engine(docker_host=own), note=f"VMs are containers of this machine's Docker engine ({own}).")
    if await private.answers():
        return EngineSearch(
            engine=private.engine, note=f"VMs are containers of the private Docker engine that was left running ({private.host})."
        )
    missing = what_is_missing() if start_private else "the settings (machines.own_engine) forbid a private one"
    if missing:
        return EngineSearch(engine=None, note=f"No Docker engine answers and {missing}. {SIMULATED}")
    return await _start(private)


async def _start(private: PrivateEngine) -> EngineSearch:
    try:
        await private.start()
    except MachineError as error:
        return EngineSearch(engine=None, note=f"{error} {SIMULATED}")
    return EngineSearch(engine=private.engine, note=f"VMs are containers of a private Docker engine ({private.host}).", started=True)


def what_is_missing() -> str:
    """Why a private engine can't be started here; empty when it can."""
    if platform.system() != "Linux":
        return "only Linux can run a private one: start Docker Desktop"
    if shutil.which("dockerd") is None:
        return "dockerd is not installed (Debian: `apt-get install docker.io iptables`)"
    if os.geteuid() != 0:
        return "only root can start a private one: start Docker (`sudo systemctl start docker`)"
    return ""


async def ask(docker_host: str) -> str:
    """The version of the engine at an address. Raises MachinesUnavailable."""
    client = EngineClient(docker_host)
    try:
        return str((await client.get("version", doing="tell its version")).decode()["Version"])
    finally:
        await client.close()


async def answers(docker_host: str) -> bool:
    """Whether an engine answers there."""
    try:
        await ask(docker_host)
    except MachinesUnavailable:
        return False
    return True


class PrivateEngine:
    """The private engine of one data directory, running or not."""

    def __init__(self, data_dir: Path, runtime_root: Path | None = None) -> None:
        self.data_root = (data_dir / "docker").resolve()
        self.runtime = (runtime_root or RUNTIME_ROOT) / f"dcsim-{hashlib.sha256(str(self.data_root).encode()).hexdigest()[:12]}"
        self.pidfile = self.runtime / "docker.pid"
        self.socket = self.runtime / "docker.sock"
        self.log = self.data_root.parent / "dockerd.log"
        self.host = f"{UNIX}{self.socket}"

    @property
    def engine(self) -> Engine:
        """The engine as others use it."""
        return Engine(docker_host=self.host, owned=True, pidfile=str(self.pidfile), data_root=str(self.data_root))

    async def answers(self) -> bool:
        """Whether it runs and answers; one that is just starting is waited for."""
        pid = read_pid(self.pidfile)
        return pid is not None and await self._ready(pid)

    async def start(self) -> None:
        """Start dockerd in a session of its own and wait until it answers; given up meanwhile, it ends again.

        Raises MachineError with the last line of dockerd's log.
        """
        self.data_root.mkdir(parents=True, exist_ok=True)
        self.runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.pidfile.unlink(missing_ok=True)  # of an engine that was killed: dockerd refuses to start when that pid lives again
        await self._forget_dead_containerd()
        pid = spawn(self.command(), self.log)
        try:
            ready = await self._ready(pid)
        except asyncio.CancelledError:
            await self._give_up(pid)
            raise
        if not ready:
            await self._give_up(pid)
            raise MachineError(f"The private Docker engine did not start: {last_error(self.log)} (all of it in {self.log}).")

    async def _give_up(self, pid: int) -> None:
        """End a dockerd that nobody has used yet, and remove what it leaves."""
        bridges = await bridges_of(self.host)
        if alive(pid):
            os.kill(pid, signal.SIGTERM)
        if await ended(pid, STOP_SECONDS):
            await remove_bridges(bridges)
            await clear(self.runtime, self.data_root)

    async def _forget_dead_containerd(self) -> None:
        """Drop the pidfile of a containerd that died with its killed dockerd: until somebody reaps it, the next dockerd waits for it."""
        pidfile = self.runtime / "exec" / "containerd" / "containerd.pid"
        try:
            pid = int(pidfile.read_text())
        except (OSError, ValueError):
            return
        if await ended(pid, CONTAINERD_SECONDS):
            pidfile.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """dockerd with nothing shared with another engine; without iptables it can't filter, and networks still work."""
        command = ["dockerd", "--data-root", str(self.data_root), "--exec-root", str(self.runtime / "exec")]
        command += ["--pidfile", str(self.pidfile), "--host", self.host, "--bridge", "none"]
        if shutil.which("iptables") is None:
            command += ["--iptables=false", "--ip-masq=false"]
        return command

    async def _ready(self, pid: int) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if await answers(self.host):
                return True
            if not alive(pid):
                return False
            await asyncio.sleep(POLL_SECONDS)
        return False


def spawn(command: list[str], log: Path) -> int:
    """Start a program that this process does not own: asyncio's and Popen's children are killed or warned about at the end."""
    out = (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), out, (os.POSIX_SPAWN_DUP2, 1, 2)]
    return os.posix_spawnp(command[0], command, os.environ, file_actions=actions, setsid=True)


def read_pid(pidfile: Path) -> int | None:
    """The pid in a file, when it still is a dockerd."""
    try:
        pid = int(pidfile.read_text())
    except (OSError, ValueError):
        return None
    return pid if is_dockerd(pid) else None


def is_dockerd(pid: int) -> bool:
    """Whether a process runs and is a dockerd."""
    try:
        program = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except OSError:
        return False
    return alive(pid) and b"dockerd" in program


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended as our child is reaped on the way."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


async def ended(pid: int, within_seconds: float) -> bool:
    """Wait for a process that may not be ours, so that nothing but looking tells of its end."""
    deadline = time.monotonic() + within_seconds
    while running := alive(pid):
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(POLL_SECONDS)
    return not running


async def bridges_of(docker_host: str) -> list[str]:
    """The network interfaces of an engine's networks, named as the engine names them; none when it does not answer any more."""
    client = EngineClient(docker_host)
    try:
        rows = (await client.get("networks", doing="list its networks")).decode()
    except MachinesUnavailable:
        return []
    finally:
        await client.close()
    return [f"br-{row['Id'][:BRIDGE_ID_LENGTH]}" for row in rows if row["Driver"] == "bridge"]


async def clear(runtime: Path, data_root: Path) -> None:
    """Remove what an ended engine leaves in its runtime folder; its data stay."""
    for place in left_mounted(runtime, data_root):
        await run("umount", "--lazy", place, deadline=STOP_SECONDS)
    await asyncio.to_thread(shutil.rmtree, runtime, ignore_errors=True)


def left_mounted(*roots: Path, mounts: Path = Path("/proc/mounts")) -> list[str]:
    """What is mounted at or under the roots, innermost first: a dockerd unmounts only what it mounted itself, not what a killed one did."""
    points = [line.split(" ")[1].encode().decode("unicode_escape") for line in mounts.read_text().splitlines()]
    return sorted((point for point in points if any(Path(point).is_relative_to(root) for root in roots)), reverse=True)


def last_error(log: Path) -> str:
    """The last line of dockerd's log, which says why it gave up."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("failed to start daemon: ").rstrip(".") if lines else "it said nothing"
