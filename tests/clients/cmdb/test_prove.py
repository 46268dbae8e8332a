"""``dcsim prove`` on a running datacenter, which it leaves as it is."""

from __future__ import annotations

import json

from tests.clients.cmdb.test_rest import call, filled, items
from tests.clients.harness import Datacenter


def test_a_host_is_proven_and_the_world_is_untouched(simulated: Datacenter) -> None:
    filled(simulated)
    state, machines = simulated.rest("GET", "/sim/state"), simulated.rest("GET", "/sim/vms?limit=1000")
    name = items(simulated, "class=Hypervisor&limit=1&sort=name")[0]["name"]
    found = json.loads(simulated.dcsim("prove", "--fail", f"Hypervisor:{name}", "--json", deadline=120))
    assert [one["name"] for one in found["failed"]] == [name]
    assert not found["is_stale"]
    assert all(min(score["precision"], score["recall"]) >= 0.95 for score in found["scores"].values()), found["differences"]
    assert found["scores"]["affected"]["observed"] > 0
    after = simulated.rest("GET", "/sim/state")
    assert (after["sequence"], after["entities"]) == (state["sequence"], state["entities"])
    assert simulated.rest("GET", "/sim/vms?limit=1000") == machines
    assert not list((simulated.data_dir / "forks").glob(".trial-*")), "the copy is thrown away"


def test_what_cannot_fail_is_refused(simulated: Datacenter) -> None:
    filled(simulated)
    network = items(simulated, "class=Network&limit=1")[0]["uid"]
    status, problem = call(simulated, "POST", "/cmdb/prove", {"fail": [network]})
    assert status == 501
    assert "what can fail is" in problem["detail"]
    assert call(simulated, "POST", "/cmdb/prove", {"fail": ["nothing"]})[0] == 404
    assert call(simulated, "POST", "/cmdb/prove", {"fail": []})[0] == 400
