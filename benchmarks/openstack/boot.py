"""From POST /servers until the server is ACTIVE, simulated, at zero timing: <= 20 ms (a real nova with its fake driver: 2 to 3 s).

python -m benchmarks.openstack.boot [--repetitions 9]
"""

from __future__ import annotations

import http.client
import json
import statistics
import time
from typing import Any

from benchmarks.measuring import Bound, arguments, line
from benchmarks.openstack.client import VERSION
from benchmarks.openstack.serving import Serving, serving

TIMES = 10
LIMIT_MS = 20
DEADLINE_SECONDS = 60
GONE = 404
SERVERS = "/compute/v2.1/servers"


def main() -> None:
    """Measure."""
    repetitions = arguments(__doc__).parse_args().repetitions
    with serving(1) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=DEADLINE_SECONDS)
        samples = [statistics.median(_boot(server, connection) for _ in range(TIMES)) for _ in range(repetitions)]
        line("openstack.boot", "ms", samples, bound=Bound(most=LIMIT_MS), more={"times": TIMES})
        connection.close()


def _boot(server: Serving, connection: http.client.HTTPConnection) -> float:
    """Milliseconds until a server is ACTIVE; deleting it is not measured."""
    wanted = {"name": "boot", "imageRef": server.image, "flavorRef": "42", "networks": [{"uuid": server.network}]}
    begun = time.perf_counter()
    _, made = _ask(server, connection, "POST", SERVERS, {"server": wanted})
    path = f"{SERVERS}/{json.loads(made)['server']['id']}"
    while b'"status":"ACTIVE"' not in _ask(server, connection, "GET", path)[1]:
        pass
    took = (time.perf_counter() - begun) * 1000
    _ask(server, connection, "DELETE", path)
    while _ask(server, connection, "GET", path)[0] != GONE:
        pass
    return took


def _ask(server: Serving, connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    headers = {"X-Auth-Token": server.token, "OpenStack-API-Version": VERSION, "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body).encode() if body is not None else None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


if __name__ == "__main__":
    main()
