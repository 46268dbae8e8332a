"""A client that keeps its connection and looks only for the end of an answer."""

from __future__ import annotations

import re

from benchmarks.ucs.serving import BARE, PASSWORD, POWER, USER, Serving
from benchmarks.vsphere.wire import Connection

_COOKIE = re.compile(rb' outCookie="([^"]+)"')


class Client:
    """One connection, logged in."""

    def __init__(self, server: Serving, path: str = "/nuova") -> None:
        self.wire = Connection(f"http://127.0.0.1:{server.port}{path}", action="")
        self.cookie = ""

    def login(self) -> Client:
        """Log in; answers itself."""
        found = _COOKIE.search(self.wire.call(f'<aaaLogin inName="{USER}" inPassword="{PASSWORD}"/>'.encode()))
        assert found is not None
        self.cookie = found[1].decode()
        return self

    def request(self, method: str, **attributes: str) -> bytes:
        """A request to send as often as one likes."""
        given = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return self.wire.prepare(f'<{method} cookie="{self.cookie}"{given}/>'.encode())

    def close(self) -> None:
        """Log out, for a user may have 32 sessions and no more, and hang up."""
        if self.cookie:
            self.wire.call(f'<aaaLogout inCookie="{self.cookie}"/>'.encode())
        self.wire.close()


def bare(server: Serving, body: bytes) -> Client:
    """A client of the bare handler, which answers ``body``."""
    setter = Client(server, f"{BARE}/set")
    setter.wire.call(body)
    setter.close()
    return Client(server, BARE)


def switch(server: Serving) -> Client:
    """A client whose every request switches a blade."""
    return Client(server, POWER)
