"""The CMDB's REST API on a running datacenter, as a script uses it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from tests.clients.harness import DEADLINE, Datacenter, wait_until


def call(datacenter: Datacenter, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and decoded body of an answer."""
    url, data = datacenter.env["DCSIM_CMDB_URL"] + path, None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {datacenter.env['DCSIM_TOKEN']}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:  # noqa: S310 - our own
            content = answer.read()
            return answer.status, json.loads(content) if content else None
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def items(datacenter: Datacenter, query: str) -> list[dict[str, Any]]:
    """The CIs that a query finds."""
    status, body = call(datacenter, "GET", f"/cmdb/cis?{query}")
    assert status == 200, body
    return list(body["items"])


def filled(datacenter: Datacenter) -> dict[str, Any]:
    """A blade that a hypervisor runs on, once the graph is there."""

    def blade() -> dict[str, Any] | None:
        for one in items(datacenter, "class=Blade&limit=1000"):
            _, relations = call(datacenter, "GET", f"/cmdb/cis/{one['uid']}/relations?direction=in")
            if any(relation["type"] == "RUNS_ON" for relation in relations):
                return one
        return None

    return wait_until(blade, "the graph has a blade with a hypervisor", 60) or {}


def test_cis_are_listed_shown_and_paged(simulated: Datacenter) -> None:
    blade = filled(simulated)
    status, shown = call(simulated, "GET", f"/cmdb/cis/{blade['uid']}")
    assert status == 200
    assert shown["attributes"]["serial"] == blade["attributes"]["serial"]
    first, *_ = items(simulated, "class=VirtualMachine&limit=1&sort=name")
    assert items(simulated, f"class=VirtualMachine&name={first['name']}")[0]["uid"] == first["uid"]
    assert call(simulated, "GET", "/cmdb/cis/nothing")[0] == 404
    assert call(simulated, "GET", "/cmdb/cis?class=Nothing")[0] == 400


def test_one_host_of_a_cluster_takes_no_business_service_down(simulated: Datacenter) -> None:
    blade = filled(simulated)
    status, impact = call(simulated, "GET", f"/cmdb/cis/{blade['uid']}/impact")
    assert status == 200
    assert impact["summary"]["down"]["Hypervisor"] == 1
    assert "BusinessService" not in impact["summary"].get("down", {})
    assert all(one["path"] for one in impact["affected"])


def test_what_all_of_them_take_with_them(simulated: Datacenter) -> None:
    filled(simulated)
    blades = [one["uid"] for one in items(simulated, "class=Blade&limit=1000")]
    status, impact = call(simulated, "POST", "/cmdb/impact", {"cis": blades})
    assert status == 200
    assert impact["summary"]["down"]["BusinessService"] >= 1
    assert call(simulated, "POST", "/cmdb/impact", {"cis": []})[0] == 400


def test_a_vm_stands_on_its_power(simulated: Datacenter) -> None:
    filled(simulated)
    vm = items(simulated, "class=VirtualMachine&limit=1&sort=name")[0]
    status, needs = call(simulated, "GET", f"/cmdb/cis/{vm['uid']}/needs")
    assert status == 200
    assert {"Hypervisor", "Datastore"} <= {one["ci"]["cls"] for one in needs["needs"]}


def test_history_and_comparison(simulated: Datacenter) -> None:
    blade = filled(simulated)
    status, rows = call(simulated, "GET", f"/cmdb/cis/{blade['uid']}/history")
    assert status == 200
    assert rows[-1]["op"] in {"created", "related"}
    assert call(simulated, "POST", "/cmdb/sync")[0] == 202
    assert wait_until(lambda: call(simulated, "GET", "/cmdb/sync")[1].get("last"), "a comparison is over", 60)["entities"] > 0
