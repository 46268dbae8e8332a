"""A private Neo4j for tests and benchmarks: community edition on this machine's Java, on free loopback ports, gone afterwards."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.conftest import TOOLS

JARS: Final = TOOLS / "neo4j"
PATIENCE_SECONDS: Final = 90.0
STOP_SECONDS: Final = 30.0
_CONFIGURATION: Final = """
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.bolt.advertised_address=127.0.0.1:{bolt}
server.http.listen_address=127.0.0.1:{http}
server.http.advertised_address=127.0.0.1:{http}
server.https.enabled=false
server.memory.pagecache.size=64m
dbms.security.auth_enabled={auth}
dbms.usage_report.enabled=false
db.tx_log.preallocate=false
"""
_JAVA: Final = (
    "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData",
    *(f"--add-opens=java.base/{module}=ALL-UNNAMED" for module in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")),
)  # fmt: skip


class GraphDatabase(NamedTuple):
    """A running server."""

    url: str
    browser: str
    process: subprocess.Popen[bytes]


def missing() -> str:
    """Why there can be no Neo4j here; empty when there can."""
    if shutil.which("java") is None:
        return "no Java: apt-get install -y --no-install-recommends default-jre-headless"
    return "" if JARS.is_dir() else "no Neo4j: scripts/build-tools copies it where Maven is installed"


@contextmanager
def graph_database(folder: Path, *, password: str = "", optimised: bool = False) -> Iterator[GraphDatabase]:
    """Start one whose data lie in *folder* (ready in some ten seconds, half a gigabyte), and stop it in the end.

    One that is not *optimised* is compiled quickly and stays slower: for tests, which are over before the other compiler is done.
    """
    bolt, http = free_port(), free_port()
    (folder / "conf").mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "neo4j.conf").write_text(_CONFIGURATION.format(bolt=bolt, http=http, auth=str(bool(password)).lower()))
    command = ["java", "-cp", f"{JARS}/*", *_JAVA, *(() if optimised else ("-XX:TieredStopAtLevel=1",))]
    places = [f"--home-dir={folder}", f"--config-dir={folder}/conf"]
    if password:
        admin = [*command, "org.neo4j.server.startup.Neo4jAdminCommand", "dbms", "set-initial-password", password]
        environment = {"PATH": "/usr/bin:/bin", "NEO4J_HOME": str(folder), "NEO4J_CONF": f"{folder}/conf"}
        subprocess.run(admin, env=environment, check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen([*command, "org.neo4j.server.CommunityEntryPoint", *places], stdout=log, stderr=subprocess.STDOUT)
    try:
        _await(process, bolt, folder)
        yield GraphDatabase(f"bolt://127.0.0.1:{bolt}", f"http://127.0.0.1:{http}/browser/", process)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)


def _await(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    """Return when the server shakes hands in Bolt."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    hello = bytes.fromhex("6060b017" + "00000405" + "00000000" * 3)  # the magic number, then the versions that we speak
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Neo4j ended: {(folder / 'server.log').read_text()[-2000:]}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
                link.sendall(hello)
                if len(link.recv(4)) == 4:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"Neo4j is not ready after {PATIENCE_SECONDS:g} s: {(folder / 'server.log').read_text()[-2000:]}")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
