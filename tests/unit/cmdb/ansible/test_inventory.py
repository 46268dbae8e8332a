"""The inventory that Ansible is given: every host once, in every group that the graph puts it in, and no text that does harm."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cmdb.ansible import Asked, inventory
from cmdb.model import Ci, Claim, Relation, Value
from cmdb.stores.embedded import EmbeddedStore
from cmdb.stores.port import Batch
from dcsim.errors import InvalidArgument

S = "ams1"
T0 = datetime(2026, 1, 1, tzinfo=UTC)


def ci(uid: str, cls: str, name: str = "", tags: tuple[str, ...] = (), **attributes: Value) -> Ci:
    """Return a CI."""
    sources = {"engine": Claim(uid, 1, attributes)}
    return Ci(uid=uid, cls=cls, name=name or uid, attributes=attributes, sources=sources, tags=tags, created=T0, changed=T0)


CIS = [
    ci("dc", "Datacenter", "Ams 1"),
    ci("cl", "Cluster", "Gold (prod)", ha_enabled=True),
    ci("esx", "Hypervisor", "esx-01.ams1", management_ip="10.0.0.9", site=S),
    ci("web", "VirtualMachine", "shop-web", ("env:prod",), power="on", addresses=("fe80::1", "2001::1", "10.0.0.20", "10.0.0.3"), site=S),
    ci("twin", "VirtualMachine", "shop-web", ("env_prod",), power="off", description="{{ 7*7 }}", addresses=("nonsense",)),
    ci("tpl", "VirtualMachine", "golden", template=True),
    ci("odd", "VirtualMachine", "x[1:3] {{ y }}"),
    ci("shop", "Application"),
    ci("pay", "Application"),
    ci("store", "BusinessService", "Online Store"),
    ci("firm", "BusinessService", "The Firm"),
    ci("team", "Team", "ops"),
]  # fmt: skip
RELATIONS = [
    Relation("esx", "MEMBER_OF", "cl"), Relation("web", "RUNS_ON", "esx"), Relation("esx", "LOCATED_IN", "dc"),
    Relation("shop", "NEEDS", "web", {"tier": "front-end", "needed": 1}), Relation("pay", "NEEDS", "twin", {"tier": "db"}),
    Relation("store", "DEPENDS_ON", "shop"), Relation("shop", "DEPENDS_ON", "pay"), Relation("firm", "DEPENDS_ON", "store"),
    Relation("web", "OWNED_BY", "team"),
]  # fmt: skip


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """Yield a store with that graph."""
    opened = EmbeddedStore(tmp_path / "cmdb.db")
    await opened.open()
    await opened.apply(Batch(upserts=CIS, related=RELATIONS))
    yield opened
    await opened.close()


async def listed(store: EmbeddedStore, **asked: str) -> dict[str, Any]:
    """Return the decoded inventory."""
    async with store.snapshot() as snapshot:
        found: dict[str, Any] = json.loads(b"".join([piece async for piece in inventory(snapshot, Asked(**asked))]))
    return found


def groups_with(found: dict[str, Any], host: str) -> set[str]:
    """Return the groups that a host is in."""
    return {name for name, group in found.items() if host in group.get("hosts", ())}


async def test_every_host_has_a_name_of_its_own(store: EmbeddedStore) -> None:
    found = await listed(store)
    hosts = set(found["_meta"]["hostvars"])
    assert hosts == {"esx-01.ams1", "shop-web_web", "shop-web_twin", "x_1_3_y"}
    assert {host for name, group in found.items() for host in group.get("hosts", ())} == hosts
    assert set(found["all"]["children"]) == {"ungrouped", *found} - {"_meta", "all"}


async def test_groups_follow_the_graph(store: EmbeddedStore) -> None:
    found = await listed(store)
    web = groups_with(found, "shop-web_web") - {name for name in found if name.startswith("tag_")}
    assert web == {
        "class_virtualmachine", "cluster_gold_prod", "owner_ops", "dc_ams1", "power_on", "app_shop", "tier_front_end",
        "service_online_store", "service_the_firm",
    }  # fmt: skip
    assert {"app_pay", "service_online_store", "service_the_firm", "power_off"} <= groups_with(found, "shop-web_twin")
    assert {"dc_ams_1", "cluster_gold_prod"} <= groups_with(found, "esx-01.ams1")
    assert all(re.fullmatch(r"[a-z_][a-z0-9_]*", name) for name in found)


async def test_different_tags_whose_names_would_be_one_stay_apart(store: EmbeddedStore) -> None:
    found = await listed(store)
    (one,), (other,) = (
        {name for name in groups_with(found, host) if name.startswith("tag_")} for host in ("shop-web_web", "shop-web_twin")
    )
    assert one != other
    assert one.startswith("tag_env_prod_")


async def test_addresses_are_those_that_can_be_reached(store: EmbeddedStore) -> None:
    variables = (await listed(store))["_meta"]["hostvars"]
    assert variables["shop-web_web"]["ansible_host"] == "10.0.0.3"
    assert variables["esx-01.ams1"]["ansible_host"] == "10.0.0.9"
    assert "ansible_host" not in variables["shop-web_twin"]


async def test_what_looks_like_a_template_is_marked(store: EmbeddedStore) -> None:
    variables = (await listed(store))["_meta"]["hostvars"]
    assert variables["shop-web_twin"]["cmdb"]["attributes"]["description"] == {"__ansible_unsafe": "{{ 7*7 }}"}
    assert variables["shop-web_web"]["cmdb"]["name"] == "shop-web"


async def test_parts(store: EmbeddedStore) -> None:
    assert set((await listed(store, cls="Hypervisor"))["_meta"]["hostvars"]) == {"esx-01.ams1"}
    assert set((await listed(store, tag="env:prod"))["_meta"]["hostvars"]) == {"shop-web"}
    assert (await listed(store, text="nowhere"))["_meta"]["hostvars"] == {}
    with pytest.raises(InvalidArgument):
        await listed(store, cls="Rack")
