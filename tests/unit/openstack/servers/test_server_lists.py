"""Lists of servers: filters, who may use them, sorting, pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.openstack.servers.rig import SERVERS, Rig

FUTURE = "2999-01-01T00:00:00Z"


async def names(rig: Rig, query: str = "", *, version: str = "", detail: bool = False) -> list[str]:
    found = await rig("GET", f"{SERVERS}{'/detail' if detail else ''}{query and '?' + query}", version=version)
    return [one["name"] for one in found["servers"]]


async def test_filters_of_everybody(nova: Rig) -> None:
    first = await nova.boot(name="web-1", tags=["a", "b"], metadata={"k": "v"})
    await nova.boot(name="db-1", tags=["b"], flavorRef="84")
    await nova.act(first, "os-stop")
    await nova.wait(first, "SHUTOFF")
    address = next(iter((await nova.show(first))["addresses"].values()))[0]["addr"]
    assert await names(nova) == ["db-1", "web-1"]
    assert await names(nova, "name=web") == ["web-1"]
    assert await names(nova, "name=^db-[0-9]$") == ["db-1"]
    assert await names(nova, "status=shutoff") == ["web-1"]
    assert await names(nova, "status=ACTIVE&status=SHUTOFF") == ["db-1", "web-1"]
    assert await names(nova, "flavor=84", detail=True) == ["db-1"]
    assert await names(nova, f"image={nova.image}") == ["db-1", "web-1"]
    assert await names(nova, "image=00000000-0000-0000-0000-000000000000") == []
    assert await names(nova, f"ip={address}") == ["web-1"]
    assert await names(nova, "tags=a,b") == ["web-1"]
    assert await names(nova, "tags-any=a,x") == ["web-1"]
    assert await names(nova, "not-tags=a,b") == ["db-1"]
    assert await names(nova, "not-tags-any=a") == ["db-1"]
    assert await names(nova, "vm_state=stopped") == ["web-1"]
    assert await names(nova, "key_name=none") == []
    assert await names(nova, f"changes-since={FUTURE}") == []
    assert await names(nova, f"changes-before={FUTURE}") == ["db-1", "web-1"]


async def test_an_unknown_status_is_refused_since_238_and_finds_nothing_before(nova: Rig) -> None:
    await nova("GET", f"{SERVERS}?status=dancing", status=400)
    assert await names(nova, "status=dancing", version="2.37") == []


MALFORMED = (
    *("limit=-1", "limit=x", "changes-since=2011/01/01", "sort_key=colour", "sort_dir=up", "name=(", "name=(a%2B)%2B", "marker=none"),
    "nonsense=1",
)


@pytest.mark.parametrize("query", MALFORMED)
async def test_malformed_queries_are_refused(nova: Rig, query: str) -> None:
    await nova("GET", f"{SERVERS}?{query}", status=400)


async def test_unknown_parameters_were_ignored_before_275(nova: Rig) -> None:
    await nova.boot()
    assert await names(nova, "nonsense=1&host=nowhere", version="2.74") == ["web"]


async def test_pages_and_their_links(nova: Rig) -> None:
    for name in ("a", "b", "c"):
        await nova.boot(name=name)
    page = await nova("GET", f"{SERVERS}?limit=2&sort_key=display_name&sort_dir=asc")
    assert [one["name"] for one in page["servers"]] == ["a", "b"]
    (link,) = page["servers_links"]
    assert link["rel"] == "next"
    rest = await nova("GET", link["href"].partition("127.0.0.1")[2].partition("/")[2].join(["/", ""]))
    assert [one["name"] for one in rest["servers"]] == ["c"]
    assert "servers_links" not in rest
    assert await names(nova, "limit=0") == []


async def test_other_projects_servers_are_administrators_business(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot(name="secret")
    await nova("GET", f"{SERVERS}?all_tenants=1", status=403)
    await nova("GET", f"{SERVERS}?sort_key=host", status=403)
    assert "secret" in await names(nova_admin, "all_tenants=1&sort_key=host")
    assert "secret" not in await names(nova_admin)
    host = (await nova_admin.show(uid))["OS-EXT-SRV-ATTR:host"]
    assert "secret" in await names(nova_admin, f"all_tenants=1&host={host}", detail=True)
    project = (await nova.show(uid))["tenant_id"]
    assert await names(nova_admin, f"all_tenants=1&project_id={project}") == ["secret"]


async def test_deleted_servers_are_shown_to_those_who_ask(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot(name="gone")
    await nova("DELETE", uid, status=204)
    await nova.gone(uid)
    assert await names(nova) == []
    assert await names(nova, "changes-since=2020-01-01T00:00:00Z") == ["gone"]
    await nova("GET", f"{SERVERS}?status=deleted", status=403)
    found = (await nova_admin("GET", f"{SERVERS}/detail?deleted=true&all_tenants=1"))["servers"]
    assert [(one["name"], one["status"]) for one in found] == [("gone", "DELETED")]
    assert [one["action"] for one in (await nova("GET", f"{uid}/os-instance-actions"))["instanceActions"]] == ["delete", "create"]


async def test_what_is_shown_depends_on_the_microversion_and_on_who_asks(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot()

    async def keys(rig: Rig, version: str) -> set[str]:
        shown: dict[str, Any] = await rig.show(uid, version=version)
        return set(shown)

    assert "locked" not in await keys(nova, "2.8")
    assert "locked" in await keys(nova, "2.9")
    assert "tags" in await keys(nova, "2.26")
    assert "description" not in await keys(nova, "2.18")
    assert set((await nova.show(uid, version="2.46"))["flavor"]) == {"id", "links"}
    assert (await nova.show(uid, version="2.47"))["flavor"]["original_name"] == "m1.nano"
    assert "server_groups" in await keys(nova, "2.71")
    assert "pinned_availability_zone" not in await keys(nova, "2.95")
    assert not {one for one in await keys(nova, "2.89") if one.startswith("OS-EXT-SRV-ATTR")}
    assert "OS-EXT-SRV-ATTR:hostname" in await keys(nova, "2.90")
    assert "host_status" in await keys(nova_admin, "2.16")
    assert "OS-EXT-SRV-ATTR:user_data" not in await keys(nova_admin, "2.2")
