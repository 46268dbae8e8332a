"""From a commit to its event at the client: less than 100 ms, 10 ms as a rule, with 160 blades' objects watched.

The client asks for a blade to be switched, which is answered when it is committed, and reads its event stream: the time from that answer to
the event counts, as it arrives after or before it.

    python -m benchmarks.ucs.event_lag [--repetitions 9]
"""

from __future__ import annotations

import socket
import statistics
import time

from benchmarks.measuring import Bound, arguments, line
from benchmarks.ucs.client import Client, switch
from benchmarks.ucs.serving import Serving, serving

BLADES = 160
TIMES = 20
LIMIT_MS = 100


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(BLADES) as server:
        client = Client(server).login()
        stream = _subscribe(server, client.cookie)
        switcher = switch(server)
        request = switcher.wire.prepare(b"x")
        samples = [statistics.median(_lag(stream, switcher, request) for _ in range(TIMES)) for _ in range(repetitions)]
        line("ucs.event_lag", "ms", samples, bound=Bound(most=LIMIT_MS))
        stream.close()


def _subscribe(server: Serving, cookie: str) -> socket.socket:
    """A connection that has become an event stream."""
    body = f'<eventSubscribe cookie="{cookie}"/>'.encode()
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    stream.sendall(b"POST /nuova HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    head = b""
    while b"\r\n\r\n" not in head:
        head += stream.recv(4096)
    return stream


def _lag(stream: socket.socket, switcher: Client, request: bytes) -> float:
    """Milliseconds from sending the request that changes a blade to having its event whole."""
    begun = time.perf_counter()
    switcher.wire.ask(request)
    data = b""
    while b"<computeBlade " not in data:
        data += stream.recv(1 << 16)
    took = (time.perf_counter() - begun) * 1000
    stream.settimeout(0.05)
    try:  # what else that change had to tell
        while stream.recv(1 << 16):
            pass
    except TimeoutError:
        stream.settimeout(60)
    return took


if __name__ == "__main__":
    main()
