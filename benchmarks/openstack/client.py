"""A client that keeps its connection and looks only for the end of an answer."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.openstack.serving import Serving
from benchmarks.vsphere.wire import Connection

VERSION = "compute 2.96"


class Client:
    """One connection with a token of the demo project."""

    def __init__(self, server: Serving) -> None:
        self._server = server
        self._wire = Connection(f"http://127.0.0.1:{server.port}/", action="")

    def request(self, method: str, path: str, body: Any = None) -> bytes:
        """A request to send as often as one likes."""
        data = json.dumps(body).encode() if body is not None else b""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._server.port}\r\nX-Auth-Token: {self._server.token}\r\n"
            f"OpenStack-API-Version: {VERSION}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data

    def ask(self, request: bytes) -> bytes:
        """The answer to a prepared request."""
        return self._wire.ask(request)

    def close(self) -> None:
        """Hang up."""
        self._wire.close()
