"""A client that costs next to nothing: one kept-alive connection that sends bytes made before and looks only for the end of the answer."""

from __future__ import annotations

import re
import socket
import ssl
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 600.0
_COOKIE = re.compile(rb'(?i)\r\nset-cookie: *(vmware_soap_session="?[^;"\r]+"?)')
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding: *chunked")


class WireError(Exception):
    """The server hung up, or answered a fault that was not expected."""


class Connection:
    """One connection to a SOAP endpoint, plain or TLS (unverified: the certificates are the servers' own)."""

    def __init__(self, url: str, cookie: str = "", action: str = "urn:vim25/8.0.1.0") -> None:
        parts = urlsplit(url)
        self._host, self._port, self._tls = parts.hostname or "127.0.0.1", parts.port or 443, parts.scheme == "https"
        self._path = parts.path or "/sdk"
        self._action = action
        self.cookie = cookie
        self._socket = self._connect()

    def _connect(self) -> socket.socket:
        plain = socket.create_connection((self._host, self._port), timeout=TIMEOUT_SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._tls:
            return plain
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(plain, server_hostname=self._host)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    def prepare(self, body: bytes) -> bytes:
        """The whole request around a SOAP body; send it as often as you like."""
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nContent-Type: text/xml; charset=UTF-8\r\n"
            f'SOAPAction: "{self._action}"\r\nUser-Agent: dcsim-benchmark\r\nContent-Length: {len(body)}\r\n'
        )
        return (head + (f"Cookie: {self.cookie}\r\n" if self.cookie else "") + "\r\n").encode() + body

    def send(self, request: bytes) -> None:
        """Send a prepared request."""
        self._socket.sendall(request)

    def receive(self) -> bytes:
        """The body of the next answer; a session cookie that comes with it is kept."""
        data = bytearray()
        while (end := data.find(b"\r\n\r\n")) < 0:
            self._more(data)
        head = bytes(data[:end])
        del data[: end + 4]
        if found := _COOKIE.search(head):
            self.cookie = found[1].decode()
        length = _LENGTH.search(head)
        body = self._sized(data, int(length[1])) if length else self._chunks(data) if _CHUNKED.search(head) else b""
        if b" 200 " not in head[:15]:
            raise WireError(f"{head[:40]!r} {body[:600]!r}")
        return body

    def ask(self, request: bytes) -> bytes:
        """Send a prepared request and answer the body that comes back; WireError for a fault."""
        self._socket.sendall(request)
        return self.receive()

    def call(self, body: bytes) -> bytes:
        """Prepare and ask."""
        return self.ask(self.prepare(body))

    def _more(self, data: bytearray) -> None:
        part = self._socket.recv(1 << 18)
        if not part:
            raise WireError(f"{self._host}:{self._port} hung up")
        data += part

    def _sized(self, data: bytearray, size: int) -> bytes:
        while len(data) < size:
            self._more(data)
        return bytes(data)

    def _chunks(self, data: bytearray) -> bytes:
        parts: list[bytes] = []
        while True:
            while (end := data.find(b"\r\n")) < 0:
                self._more(data)
            size = int(data[:end].split(b";")[0], 16)
            while len(data) < end + 2 + size + 2:
                self._more(data)
            if not size:
                return b"".join(parts)
            parts.append(bytes(data[end + 2 : end + 2 + size]))
            del data[: end + 2 + size + 2]
