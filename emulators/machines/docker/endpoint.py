"""Where a Docker engine listens: what ``DOCKER_HOST`` may say, and how to connect to it."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec

from dcsim.errors import MachinesUnavailable

DEFAULT_SOCKET = Path("/var/run/docker.sock")
PLAIN_PORT, TLS_PORT = 2375, 2376
UNIX = "unix://"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An engine's address: a unix socket, or a host and port with TLS or without."""

    docker_host: str
    socket_path: str = ""
    host: str = ""
    port: int = 0
    cert_dir: str = ""

    @property
    def local(self) -> bool:
        """Whether the engine shares this machine's network (and so its routes)."""
        return bool(self.socket_path)

    @property
    def base_url(self) -> str:
        """What request paths are appended to; the host's name means nothing on a unix socket."""
        if self.local:
            return "http://docker"
        return f"{'https' if self.cert_dir else 'http'}://{self.host}:{self.port}"

    def tls(self) -> ssl.SSLContext | None:
        """The client's certificate and the engine's CA, from ``DOCKER_CERT_PATH``."""
        if not self.cert_dir:
            return None
        folder = Path(self.cert_dir)
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        return context

    def connector(self) -> aiohttp.BaseConnector:
        """Unlimited connections: the client's semaphore bounds work, and streams must never starve calls."""
        if self.local:
            return aiohttp.UnixConnector(self.socket_path, limit=0)
        return aiohttp.TCPConnector(limit=0, ssl=self.tls() or True)

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare connection, for the calls that turn HTTP into a byte pipe."""
        if self.local:
            return await asyncio.open_unix_connection(self.socket_path)
        return await asyncio.open_connection(self.host, self.port, ssl=self.tls())


def parse_endpoint(docker_host: str, environ: Mapping[str, str] = os.environ) -> Endpoint:
    """Read a ``DOCKER_HOST`` value: ``unix://PATH`` or ``tcp://HOST[:PORT]``. Raises MachinesUnavailable for any other."""
    if docker_host.startswith(UNIX):
        return Endpoint(docker_host=docker_host, socket_path=docker_host.removeprefix(UNIX))
    url = urlsplit(docker_host)
    if url.scheme not in {"tcp", "http", "https"} or not url.hostname:
        raise MachinesUnavailable(f"DOCKER_HOST is {docker_host!r}; dc-sim understands unix://PATH and tcp://HOST:PORT.")
    tls = url.scheme == "https" or environ.get("DOCKER_TLS_VERIFY", "") not in {"", "0"}
    cert_dir = environ.get("DOCKER_CERT_PATH", str(Path.home() / ".docker")) if tls else ""
    return Endpoint(docker_host=docker_host, host=url.hostname, port=url.port or (TLS_PORT if tls else PLAIN_PORT), cert_dir=cert_dir)
