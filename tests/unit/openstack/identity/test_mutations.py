"""Ten thousand requests that are almost right: refused or done, but never an error of ours."""

from __future__ import annotations

import pytest

from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.services import load
from tests.unit.openstack.identity.test_people import V3, made, named
from tests.unit.openstack.mutations import Mutations
from tests.unit.openstack.stack import Client, Stack

REQUESTS = 10_000


async def ids(admin: Client) -> dict[str, list[str]]:
    """Things that the requests may be about, by the names that paths and bodies have for them."""
    region = await made(admin, "region", id="elsewhere")
    projects = [(await made(admin, "project", name=f"p{number}"))["id"] for number in range(3)] + [await named(admin, "project", "demo")]
    users = [(await made(admin, "user", name=f"u{number}"))["id"] for number in range(3)] + [await named(admin, "user", "alt_demo")]
    groups = [(await made(admin, "group", name=f"g{number}"))["id"] for number in range(2)]
    roles = [(await made(admin, "role", name=f"r{number}"))["id"] for number in range(3)]
    domains = [(await made(admin, "domain", name=f"d{number}"))["id"] for number in range(2)] + ["default"]
    services = [one["id"] for one in (await admin.ok("GET", f"{V3}/services"))["services"]]
    endpoints = [one["id"] for one in (await admin.ok("GET", f"{V3}/endpoints"))["endpoints"]]
    return {
        "project_id": projects, "parent_id": projects, "default_project_id": projects, "tenant_id": projects,
        "user_id": users, "trustor_user_id": users, "trustee_user_id": users,
        "group_id": groups, "role_id": roles, "prior_role_id": roles, "implied_role_id": roles,
        "domain_id": domains, "service_id": services, "endpoint_id": endpoints, "region_id": ["RegionOne", region["id"]],
        "region": ["RegionOne"], "value": ["tag"], "group": ["identity", "ldap"], "option": ["driver", "url"],
        "url": ["http://x.example.org/$(project_id)s"], "type": ["ec2", "cert"], "blob": ['{"access": "a"}', "{}"],
    }  # fmt: skip


async def callers(stack: Stack, admin: Client) -> tuple[Client, Client]:
    """An administrator and a member whom no mutation can touch: they know none of the ids that these are made of."""
    domain = await made(admin, "domain", name="root")
    project = await made(admin, "project", name="root", domain_id=domain["id"])
    found = []
    for role in ("admin", "member"):
        user = await made(admin, "user", name=role, domain_id=domain["id"], password="secret")
        await admin("PUT", f"{V3}/projects/{project['id']}/users/{user['id']}/roles/{await named(admin, 'role', role)}")
        found.append(Client(stack, await stack.token(role, "secret", "root", domain["id"])))
    return found[0], found[1]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_almost_right_requests_are_answered(stack: Stack, admin: Client) -> None:
    load()
    wild = Mutations(IDENTITY, await ids(admin), seed=30)
    administrator, member = await callers(stack, admin)
    statuses: dict[int, int] = {}
    for number in range(REQUESTS):
        one = wild.draw()
        if "/auth/tokens" in one.path and one.method == "POST" and number % 10:
            continue  # real password hashes: a few are enough
        who = member if number % 8 == 0 else administrator
        answer = await who(one.method, one.path, one.json, data=one.data, Content_Type="application/json")
        wild.learn(answer.body)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        assert answer.status < 500, f"{number}: {one}"
        if answer.status >= 400 and answer.data and answer.body is not None:
            assert answer.body["error"]["code"] == answer.status, f"{number}: {one}"
    assert {200, 201, 204, 400, 403, 404, 409} <= statuses.keys(), statuses
