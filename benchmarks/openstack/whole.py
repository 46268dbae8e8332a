"""A whole dc-sim in a process of its own, and its OpenStack's administrator, who asks over HTTP."""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.openstack.identity_client import Keystone
from benchmarks.vsphere.servers import FREE_PORTS, running, until

SERVERS: Final = "/compute/v2.1/servers"
IMAGE: Final = "cirros-0.6.3-x86_64-disk"
GONE: Final = 404
PATIENCE_SECONDS: Final = 60
INSTANT: Final = {"DCSIM_WORLD__TIMING": "instant", "DCSIM_TELEMETRY__LOG_LEVEL": "error"}


class Administrator:
    """One kept connection, logged in by password."""

    def __init__(self, port: int, password: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._token = Keystone(port, "/identity/v3", password).login()
        self.project: str = self.ask("GET", "/identity/v3/auth/projects")["projects"][0]["id"]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer; ConnectionError for one that refuses."""
        status, content = self.raw(method, path, body)
        if status >= 300:
            raise ConnectionError(f"{method} {path}: {status} {content.decode()}")
        return json.loads(content) if content else None

    def raw(self, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
        """Status and content."""
        headers = {"X-Auth-Token": self._token, "OpenStack-API-Version": "compute 2.96", "Content-Type": "application/json"}
        self._connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def network(self, cidr: str) -> str:
        """A new network with one subnet; its id."""
        made = self.ask("POST", "/networking/v2.0/networks", {"network": {"name": "bench"}})["network"]["id"]
        self.ask("POST", "/networking/v2.0/subnets", {"subnet": {"network_id": made, "ip_version": 4, "cidr": cidr}})
        return str(made)

    def wanted(self, network: str, **more: Any) -> dict[str, Any]:
        """A smallest server on that network."""
        image = self.ask("GET", f"/image/v2/images?name={IMAGE}")["images"][0]["id"]
        return {"server": {"name": "bench", "imageRef": image, "flavorRef": "42", "networks": [{"uuid": network}], **more}}

    def boot_ms(self, body: Any, pause: float = 0) -> float:
        """Milliseconds from POST until a server is ACTIVE, asked every *pause* seconds; deleting it is not measured."""
        begun = time.perf_counter()
        path = f"{SERVERS}/{self.ask('POST', SERVERS, body)['server']['id']}"
        while (status := self.ask("GET", path)["server"]["status"]) != "ACTIVE":
            if status == "ERROR" or time.perf_counter() - begun > PATIENCE_SECONDS:
                raise ConnectionError(f"a server is {status}")
            time.sleep(pause)
        took = (time.perf_counter() - begun) * 1000
        self.raw("DELETE", path)
        while self.raw("GET", path)[0] != GONE:
            time.sleep(pause)
        return took


@contextmanager
def whole(variables: Mapping[str, str]) -> Iterator[tuple[int, Administrator, float]]:
    """The process, its administrator, and the seconds from its start until they had a token."""
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as folder:
        command = [sys.executable, "-m", "dcsim.cli.main", "up", "--json"]
        with running(command, {**FREE_PORTS, **INSTANT, "DCSIM_DATA_DIR": str(Path(folder)), **variables}) as (process, begun):
            state = json.loads(until(process, b"\n}\n"))
            endpoint = next(one for service in state["services"] for one in service["endpoints"] if one["name"] == "openstack")
            administrator = Administrator(urlsplit(endpoint["url"]).port or 80, endpoint["password"])
            yield process.pid, administrator, time.perf_counter() - begun
