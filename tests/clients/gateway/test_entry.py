"""The door as any HTTP client sees it: services behind it, what it refuses, and what it says of itself."""

from __future__ import annotations

import http.client
import json
import socket
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.clients.harness import DEADLINE, Datacenter


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


def ask(datacenter: Datacenter, method: str, path: str, body: bytes | None = None, *, token: str | None = None, **headers: str) -> Answer:
    """One request, its path as it is written."""
    env = datacenter.env
    parts = urlsplit(env["DCSIM_GATEWAY_URL"])
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=DEADLINE)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token != "":
        sent["Authorization"] = f"Bearer {token or env['DCSIM_TOKEN']}"
    try:
        connection.request(method, path, body, sent)
        found = connection.getresponse()
        return Answer(found.status, {name.lower(): value for name, value in found.getheaders()}, found.read())
    finally:
        connection.close()


def test_services_answer_under_their_names(simulated: Datacenter) -> None:
    vms = ask(simulated, "GET", "/api/engine/sim/vms?limit=1")
    assert (vms.status, len(vms.json()["items"])) == (200, 1)
    cis = ask(simulated, "GET", "/api/cmdb/cis?class=VirtualMachine&limit=1")
    assert cis.status == 404, "paths are the service's own"
    cis = ask(simulated, "GET", "/api/cmdb/cmdb/cis?class=VirtualMachine&limit=1")
    assert (cis.status, len(cis.json()["items"])) == (200, 1)


def test_conditions_and_actors_pass_through(simulated: Datacenter) -> None:
    uid = ask(simulated, "GET", "/api/engine/sim/vms?limit=1").json()["items"][0]["uid"]
    one = ask(simulated, "GET", f"/api/engine/sim/vms/{uid}")
    assert one.headers["etag"] == f'"{one.json()["version"]}"'
    body = json.dumps({"power": "reset"}).encode()
    stale = ask(simulated, "POST", f"/api/engine/sim/vms/{uid}/power", body, If_Match='"999999"', Content_Type="application/json")
    assert (stale.status, stale.headers["content-type"]) == (412, "application/problem+json")
    done = ask(simulated, "POST", f"/api/engine/sim/vms/{uid}/power", body, Content_Type="application/json", User_Agent="gateway-test")
    assert done.status == 202
    assert done.headers["location"] == f"/api/engine/sim/tasks/{done.json()['task']}"
    task = ask(simulated, "GET", done.headers["location"]).json()
    assert (task["actor"]["principal"], task["actor"]["agent"]) == ("dcsim", "gateway-test")


def test_an_export_is_streamed(simulated: Datacenter) -> None:
    direct = ask(simulated, "GET", "/api/cmdb/cmdb/export?format=json")
    assert direct.status == 200
    assert direct.headers["content-disposition"].startswith("attachment")
    assert len(direct.json()["cis"]) > 100


@pytest.mark.parametrize(
    "path",
    [
        "/api/engine/../cmdb/cmdb/cis",
        "/api/engine/%2e%2e/cmdb/cis",
        "/api/engine/sim/%252e%252e/vms",
        "/api/engine//sim/vms",
        "/api/engine/sim\\vms",
        "/api/engine/sim/vms/%00",
        "/api/engine/./sim/vms",
    ],
)
def test_paths_that_climb_are_refused(simulated: Datacenter, path: str) -> None:
    assert ask(simulated, "GET", path).status in {400, 404}


def test_who_is_nobody_or_asks_nobody_hears_so(simulated: Datacenter) -> None:
    assert ask(simulated, "GET", "/api/engine/sim/vms", token="").status == 401
    assert ask(simulated, "GET", "/api/engine/sim/vms", token="x.y.z").status == 401
    unknown = ask(simulated, "GET", "/api/nosuch/x")
    assert (unknown.status, "cmdb, engine" in unknown.json()["detail"]) == (404, True)


def test_headers_that_belong_to_a_connection_stay_there(simulated: Datacenter) -> None:
    answer = ask(simulated, "GET", "/api/engine/sim/state", Connection="X-Secret, close", X_Secret="1", X_Forwarded_For="6.6.6.6")
    assert answer.status == 200
    assert "transfer-encoding" not in answer.headers or answer.headers["transfer-encoding"] == "chunked"


def raw(datacenter: Datacenter, text: str) -> bytes:
    """What a hand-written request is answered."""
    parts = urlsplit(datacenter.env["DCSIM_GATEWAY_URL"])
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=DEADLINE) as door:
        door.sendall(text.replace("\n", "\r\n").encode())
        found = b""
        while piece := door.recv(65536):
            found += piece
            if b"\r\n\r\n" in found and found[8:10] == b" 4":
                break
        return found


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\nTransfer-Encoding: chunked\n",
        "Content-Length: 5\nContent-Length: 6\n",
        "Transfer-Encoding: chunked, identity\n",
        "Content-Length: +5\n",
    ],
)
def test_requests_that_two_readers_could_read_differently_are_refused(simulated: Datacenter, head: str) -> None:
    token = simulated.env["DCSIM_TOKEN"]
    smuggled = "0\n\nGET /api/engine/sim/state HTTP/1.1\nHost: x\n\n"
    request = f"POST /api/engine/sim/vms HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\nConnection: close\n{head}\n{smuggled}"
    answer = raw(simulated, request)
    assert answer[8:10] == b" 4", answer[:200]
    assert answer.count(b"HTTP/1.") == 1, "only one request was read"


def test_one_document_describes_all_services(simulated: Datacenter) -> None:
    document = ask(simulated, "GET", "/openapi.json", token="").json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/engine/sim/vms", "/api/cmdb/cmdb/cis"} <= set(document["paths"])
    viewer = ask(simulated, "GET", "/docs/api/", token="")
    assert (viewer.status, viewer.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert b"http://" not in viewer.body
    assert b"https://" not in viewer.body, "nothing comes from elsewhere"


def test_browsers_are_told_to_be_careful(simulated: Datacenter) -> None:
    headers = ask(simulated, "GET", "/api/engine/sim/state").headers
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert "default-src 'none'" in headers["content-security-policy"]


def test_clients_are_told_what_they_have_left(simulated: Datacenter) -> None:
    first = ask(simulated, "GET", "/api/engine/sim/state").headers
    assert first["ratelimit-policy"].startswith('"points";q=')
    assert first["ratelimit"].startswith('"points";r=')


def test_a_principal_out_of_points_waits_and_others_do_not(tmp_path: Path) -> None:
    few = {"DCSIM_GATEWAY__POINTS_PER_SECOND": "10", "DCSIM_GATEWAY__POINTS_AT_ONCE": "200"}
    small = Datacenter(tmp_path, "--machines", "simulated", "--vms", "0", **few)
    small.start()
    try:
        token = small.dcsim("token", "issue", "--subject", "floods", "--scope", "sim:read").strip()
        statuses, waits = [], "0"
        for _ in range(30):
            answer = ask(small, "GET", "/api/engine/sim/state", token=token)
            statuses.append(answer.status)
            if answer.status == 429:
                waits = answer.headers["retry-after"]
                break
        assert statuses.count(200) in range(18, 24), statuses
        assert (statuses[-1], int(waits) >= 1) == (429, True)
        assert ask(small, "GET", "/api/engine/sim/state").status == 200, "others have points of their own"
    finally:
        small.clear_away()


def test_a_service_that_is_away_is_named_with_when_to_ask_again_and_others_go_on(tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        away = {"DCSIM_GATEWAY__SERVICES__GONE": f"http://127.0.0.1:{taken.getsockname()[1]}"}
        lonely = Datacenter(tmp_path, "--machines", "simulated", "--vms", "0", **away)
        lonely.start()
        try:
            answers = [ask(lonely, "GET", "/api/gone/things") for _ in range(7)]
            assert [answer.status for answer in answers] == [503] * 7
            assert all(1 <= int(answer.headers["retry-after"]) <= 15 for answer in answers)
            assert all("gone" in answer.json()["detail"] for answer in answers)
            assert "is tried again in" in answers[-1].json()["detail"], "after five failures nobody asks for a while"
            assert ask(lonely, "GET", "/api/engine/sim/state").status == 200
        finally:
            lonely.clear_away()


@pytest.mark.long
def test_a_head_that_does_not_end_is_cut_off(simulated: Datacenter) -> None:
    parts = urlsplit(simulated.env["DCSIM_GATEWAY_URL"])
    begun = time.monotonic()
    with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=DEADLINE) as door:
        door.sendall(b"GET /api/engine/sim/state HTTP/1.1\r\n")
        while door.recv(1024):
            pass
    assert 10 < time.monotonic() - begun < 20


def test_queries_cost_points_and_mutations_stand_in_the_audit(simulated: Datacenter) -> None:
    def graph(text: str) -> Any:
        return ask(simulated, "POST", "/graphql", json.dumps({"query": text}).encode(), Content_Type="application/json").json()

    found = graph("{vms(first: 1) {nodes {id}}}")
    cost = found["extensions"]["cost"]
    assert 0 < cost["requested"] < cost["remaining"] <= cost["size"]
    vm = found["data"]["vms"]["nodes"][0]["id"]
    assert "errors" not in graph(f'mutation {{resetVirtualMachine(input: {{id: "{vm}"}}) {{errors {{code}}}}}}')
    env = simulated.env
    secret = {"username": env["DCSIM_GATEWAY_USER"], "password": env["DCSIM_GATEWAY_PASSWORD"]}
    login = ask(simulated, "POST", "/auth/login", json.dumps(secret).encode(), token="", Content_Type="application/json")
    assert login.status in {200, 201}, login
    audit = ask(simulated, "GET", "/auth/audit?limit=50", token=login.json()["access_token"])
    assert audit.status == 200, audit
    assert "graphql.resetVirtualMachine" in audit.body.decode()
