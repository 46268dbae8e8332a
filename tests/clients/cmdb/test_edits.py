"""People's edits on a running datacenter, as a script makes them; others hear of them on the bus."""

from __future__ import annotations

import json
from typing import Any

import redis

from dcsim.bus.streams import BODY, stream_keys
from tests.clients.cmdb.test_rest import call, filled, items
from tests.clients.harness import Datacenter, wait_until


def heard(datacenter: Datacenter, uid: str) -> list[dict[str, Any]]:
    """The CMDB's events about a CI."""
    socket = next(datacenter.data_dir.rglob("*.sock"), None)
    assert socket is not None, "the private Valkey listens on a socket"
    with redis.Redis(unix_socket_path=str(socket), socket_timeout=10) as bus:
        entries = [fields[BODY] for stream in stream_keys("cmdb") for _, fields in bus.xrange(stream)]
    return sorted((event for entry in entries if (event := json.loads(entry))["subject"] == uid), key=lambda event: event["sequence"])


def test_an_application_is_made_related_and_announced(simulated: Datacenter) -> None:
    filled(simulated)
    vm = items(simulated, "class=VirtualMachine&filter=power:eq:on&limit=1&sort=name")[0]
    status, shop = call(simulated, "POST", "/cmdb/cis", {"class": "Application", "name": "webshop", "tags": ["gold"]})
    assert status == 201
    uid = shop["uid"]
    assert call(simulated, "PUT", f"/cmdb/cis/{uid}/relations/NEEDS/{vm['uid']}", {"properties": {"tier": "web"}})[0] == 200
    assert call(simulated, "PATCH", f"/cmdb/cis/{uid}", {"attributes": {"criticality": 1}})[0] == 200
    assert uid in {one["ci"]["uid"] for one in call(simulated, "GET", f"/cmdb/cis/{vm['uid']}/impact")[1]["affected"]}
    assert [one["uid"] for one in items(simulated, "class=Application&filter=criticality:eq:1&tag=gold")] == [uid]
    wait_until(lambda: len(heard(simulated, uid)) == 3, "three events")
    events = heard(simulated, uid)
    assert [event["type"].rpartition(".")[2] for event in events] == ["created", "related", "updated"]
    assert {event["actor"]["principal"] for event in events} == {"dcsim"}
    assert call(simulated, "DELETE", f"/cmdb/cis/{uid}")[1]["gone"] is True


def test_a_comparison_with_the_engine_leaves_people_s_word_alone(simulated: Datacenter) -> None:
    vm = (filled(simulated), items(simulated, "class=VirtualMachine&limit=1&sort=name")[0])[1]
    path = f"/cmdb/cis/{vm['uid']}"
    assert call(simulated, "PATCH", path, {"attributes": {"description": "ask ada first"}})[0] == 200
    before = call(simulated, "GET", "/cmdb/sync")[1].get("last")
    assert call(simulated, "POST", "/cmdb/sync")[0] == 202
    wait_until(lambda: call(simulated, "GET", "/cmdb/sync")[1].get("last") != before, "a comparison is over", 60)
    assert call(simulated, "GET", path)[1]["attributes"]["description"] == "ask ada first"
    assert call(simulated, "PATCH", path, {"attributes": {"description": None}})[0] == 200


def test_the_graph_is_healthy_and_has_a_past(simulated: Datacenter) -> None:
    filled(simulated)
    status, health = call(simulated, "GET", "/cmdb/health")
    assert (status, health["duplicates"], health["stale"]) == (200, 0, {})
    status, feed = call(simulated, "GET", "/cmdb/history?limit=5")
    assert (status, len(feed["items"])) == (200, 5)
    assert call(simulated, "POST", "/cmdb/import", {"rows": [{"class": "Team"}]})[1]["errors"][0]["field"] == "name"
