"""The two servers under measurement, each in a process of its own: dc-sim with simulated machines, and vcsim."""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

from benchmarks.vsphere import messages
from benchmarks.vsphere.wire import Connection

ROOT = Path(__file__).resolve().parents[2]
VCSIM = ROOT / ".cache" / "tools" / "vcsim"
START_SECONDS = 300.0
STOP_SECONDS = 30.0
HOSTS = 40
FREE_PORTS = {
    f"DCSIM_PORTS__{name}": "0" for name in ("ENGINE", "CMDB", "VSPHERE", "OPENSTACK", "UCS_HTTP", "UCS_HTTPS", "GATEWAY", "GATEWAY_TLS")
}
_CONTENT = re.compile(rb'<(\w+) type="\w+"[^>]*>([^<]+)</\w+>')


class Server(NamedTuple):
    """A server that answers."""

    name: str
    url: str
    user: str
    password: str
    pid: int
    seconds: float
    """From the start of its process until it answered a login."""


class Client:
    """A connection that is logged in; ``content`` is ServiceContent: the id of every manager by property name."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.wire = Connection(server.url, action=messages.ACTION)
        answer = self.wire.call(messages.service_content())
        self.content = {name.decode(): value.decode() for name, value in _CONTENT.findall(answer)}
        self.wire.call(messages.login(self.content["sessionManager"], server.user, server.password))
        self.root = self.content["rootFolder"]
        self.collector = self.content["propertyCollector"]

    def call(self, body: bytes) -> bytes:
        """Send a request and wait for its answer."""
        return self.wire.call(body)

    def view(self) -> str:
        """The id of a new view of all VMs."""
        return messages.reference(self.call(messages.container_view(self.content["viewManager"], self.root)))

    def vms(self) -> list[str]:
        """The ids of all VMs."""
        answer = self.call(messages.retrieve(self.collector, messages.through_view(self.view(), ["name"])))
        return [found.decode() for found in re.findall(rb'<obj type="VirtualMachine"[^>]*>([^<]+)</obj>', answer)]

    def switch(self, vms: list[str], *, on: bool) -> None:
        """Turn VMs on or off and wait until they are."""
        tasks = [messages.reference(self.call(messages.power(vm, on=on))) for vm in vms]
        self.until_done(tasks)

    def until_done(self, tasks: list[str]) -> None:
        """Wait for the end of tasks by asking."""
        ask = self.wire.prepare(messages.retrieve(self.collector, messages.of_tasks(tasks)))
        while (answer := self.wire.ask(ask)).count(b">success<") < len(tasks):
            if b">error<" in answer:
                raise AssertionError(f"{self.server.name}: a task failed: {answer[max(answer.index(b'>error<') - 500, 0) :][:2000]!r}")
            time.sleep(min(0.002 * len(tasks), 0.1))

    def close(self) -> None:
        """Hang up."""
        self.wire.close()


@contextlib.contextmanager
def dcsim(vms: int, data_dir: Path | None = None, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A dc-sim with so many VMs; with a *data_dir*, the world that is there already, if there is one."""
    with contextlib.ExitStack() as stack:
        folder = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dcsim-bench-")))
        settings = {
            "DCSIM_DATA_DIR": str(folder),
            **FREE_PORTS,
            "DCSIM_MACHINES__BACKEND": "simulated",
            "DCSIM_TELEMETRY__LOG_LEVEL": "warning",
        }
        new = {"DCSIM_WORLD__TIMING": "instant", "DCSIM_WORLD__HOSTS": str(HOSTS), "DCSIM_WORLD__VMS": str(vms)}
        settings |= {**new, **(variables or {})} if not (folder / "journal.db").exists() else {}
        command = [sys.executable, "-m", "dcsim.cli.main", "up", "--json"]
        process, begun = stack.enter_context(running(command, settings))
        state = json.loads(until(process, b"\n}\n"))
        endpoint = next(one for service in state["services"] for one in service["endpoints"] if one["name"] == "vsphere")
        server = Server("dc-sim", endpoint["url"], endpoint["user"], endpoint["password"], process.pid, 0)
        Client(server).close()
        yield server._replace(seconds=time.perf_counter() - begun)


@contextlib.contextmanager
def vcsim(vms: int, hosts: int = HOSTS) -> Iterator[Server]:
    """govmomi's simulator with so many VMs in one cluster."""
    if not VCSIM.exists():
        sys.exit("There is no vcsim: run scripts/build-tools first.")
    arguments = ["-dc", "1", "-cluster", "1", "-host", str(hosts), "-standalone-host", "0", "-vm", str(vms)]
    with running([str(VCSIM), *arguments], {}) as (process, begun):
        url = until(process, b"\n").decode().strip()
        secure = re.sub(r"//[^@/]*@", "//", url)
        server = Server("vcsim", secure, "user", "pass", process.pid, 0)
        Client(server).close()
        yield server._replace(seconds=time.perf_counter() - begun)


@contextlib.contextmanager
def running(command: list[str], variables: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A process that ends with the block, and when it began."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DCSIM_")}
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env={**kept, **variables}, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        yield process, begun
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(process: subprocess.Popen[bytes], mark: bytes) -> bytes:
    """What a process prints, up to and with *mark*."""
    stream: IO[bytes] | None = process.stdout
    assert stream is not None
    deadline = time.monotonic() + START_SECONDS
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while mark not in said:
            if not selector.select(max(deadline - time.monotonic(), 0)):
                raise TimeoutError(f"{process.args!r} did not start in {START_SECONDS:g} s")
            part = os.read(stream.fileno(), 65536)
            if not part:
                sys.exit(f"{process.args!r} ended with {process.wait()}: {said.decode()}")
            said += part
    return said
