"""A real Keystone to compare with: one worker over SQLite, with Keystone's own defaults (bcrypt of 12 rounds, Fernet tokens).

It runs from the environment of the services that the contract tests make, or from one that ``DCSIM_BENCH_KEYSTONE`` names; behind
gunicorn where that has it, else behind eventlet's server, which keeps its connections as well.  Without an environment there is no peer,
and the figures say so by having none.
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.openstack.environment import services

VARIABLE: Final = "DCSIM_BENCH_KEYSTONE"
PASSWORD: Final = "secret"  # noqa: S105 - of a server that lives for a minute
_PATIENCE: Final = 60
_CONFIGURATION: Final = """
[database]
connection = sqlite:///{folder}/keystone.db
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credential
"""
_WSGI: Final = """
import sys
sys.argv = sys.argv[:1]  # Keystone reads its options there
from keystone.server.wsgi import initialize_public_application
application = initialize_public_application()
"""
_EVENTLET: Final = """
import sys
port = int(sys.argv[1])
from wsgi import application
from eventlet import listen, wsgi
wsgi.server(listen(("127.0.0.1", port)), application, log_output=False)
"""


class Peer(NamedTuple):
    """A Keystone that runs: its process and port, and its administrator's password."""

    pid: int
    port: int
    password: str = PASSWORD
    path: str = "/v3"


@contextmanager
def keystone() -> Iterator[Peer | None]:
    """A real Keystone, or None where there is no environment for one."""
    named = os.environ.get(VARIABLE)
    home = Path(named) if named else services()
    if home is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="keystone-bench-") as folder, _running(home / "bin", Path(folder)) as peer:
        yield peer


@contextmanager
def _running(bin_folder: Path, folder: Path) -> Iterator[Peer]:
    for name in ("fernet", "credential"):
        (folder / name).mkdir()
    (folder / "keystone.conf").write_text(_CONFIGURATION.format(folder=folder))
    (folder / "wsgi.py").write_text(_WSGI)
    port = _free_port()
    user = ("--keystone-user", "root", "--keystone-group", "root")
    _manage(bin_folder, folder, "db_sync")
    _manage(bin_folder, folder, "fernet_setup", *user)
    _manage(bin_folder, folder, "bootstrap", "--bootstrap-password", PASSWORD, "--bootstrap-public-url", f"http://127.0.0.1:{port}/v3")
    (folder / "serve.py").write_text(_EVENTLET)
    command = [str(bin_folder / "python"), "serve.py", str(port)]
    if (bin_folder / "gunicorn").exists():
        command = [
            str(bin_folder / "gunicorn"),
            "-w",
            "1",
            "-k",
            "gthread",
            "--threads",
            "1",
            "-b",
            f"127.0.0.1:{port}",
            "wsgi:application",
        ]
    variables = {"OS_KEYSTONE_CONFIG_DIR": str(folder), "PYTHONWARNINGS": "ignore"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **variables}, stdout=log, stderr=log)
    try:
        _wait(port)
        yield Peer(process.pid, port)
    finally:
        process.terminate()
        process.wait(30)


def _manage(bin_folder: Path, folder: Path, *words: str) -> None:
    command = [str(bin_folder / "keystone-manage"), "--config-file", str(folder / "keystone.conf"), *words]
    subprocess.run(command, check=True, capture_output=True, timeout=120, env={**os.environ, "PYTHONWARNINGS": "ignore"})


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
