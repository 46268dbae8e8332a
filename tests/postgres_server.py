"""A private PostgreSQL for tests: Debian's programs, on a free loopback port, its data in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

PATIENCE_SECONDS: Final = 30.0
OWNER: Final = "postgres"
"""Who runs the server when root tests: it refuses to run as root."""


class Postgres(NamedTuple):
    """A running server; every URL from `database` names a new, empty database."""

    port: int
    process: subprocess.Popen[bytes]
    programs: Path

    def database(self) -> str:
        """Make a database, and return its URL."""
        name = f"t{secrets.token_hex(6)}"
        command = [str(self.programs / "createdb"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "dcsim", name]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
        return f"postgresql://dcsim:any@127.0.0.1:{self.port}/{name}"


def programs() -> Path | None:
    """Return the folder with initdb and postgres; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    return found[0].parent if found else Path(on_path).parent if on_path else None


def missing() -> str:
    """Why there can be no PostgreSQL here; empty when there can."""
    return "" if programs() else "no PostgreSQL: apt-get install -y --no-install-recommends postgresql"


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Start one (a second and a half), and stop it in the end."""
    found = programs()
    assert found is not None
    owner = OWNER if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="dcsim-pg-"))
    try:
        if owner:
            shutil.chown(folder, owner)
        initdb = [str(found / "initdb"), "-D", str(folder / "data"), "-U", "dcsim", "-A", "trust", "-N", "--locale=C", "-E", "UTF8"]
        subprocess.run(initdb, check=True, capture_output=True, timeout=PATIENCE_SECONDS, user=owner, cwd=folder)
        with _running(found, folder, owner) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(found: Path, folder: Path, owner: str | None) -> Iterator[Postgres]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "max_connections": "50"}
    arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    command = [str(found / "postgres"), "-D", str(folder / "data"), "-p", str(port), *arguments]
    process = subprocess.Popen(command, user=owner, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(process, found, port)
        yield Postgres(port, process, found)
    finally:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)  # its fast shutdown: clients are cut
        process.wait(PATIENCE_SECONDS)


def _await(process: subprocess.Popen[bytes], found: Path, port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    ready = [str(found / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready, check=False, timeout=PATIENCE_SECONDS).returncode:
        assert process.poll() is None, "PostgreSQL ended at once"
        assert time.monotonic() < until, "PostgreSQL does not become ready"
        time.sleep(0.05)
