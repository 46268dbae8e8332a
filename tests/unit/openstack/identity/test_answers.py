"""Keystone's own schemas of responses judge what we answer."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.router import Router
from tests.contract.openstack.oracle import asked
from tests.contract.openstack.oracle.asked import Case
from tests.unit.openstack.identity.test_people import V3, named
from tests.unit.openstack.stack import Answer, Client, Rows, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]
JUDGED = 60
"""So many answers at least have a schema."""


class Recorder(Client):
    """A client that keeps every good answer, with the operation that gave it."""

    def __init__(self, stack: Stack, token: str) -> None:
        super().__init__(stack, token)
        self.told: list[tuple[str, str, Any]] = []
        self._router = Router(IDENTITY.operations)

    async def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> Answer:
        """Ask, and keep what is answered."""
        answer = await super().__call__(method, path, json, **options)
        found = self._router.find(path.partition("?")[0].removeprefix(IDENTITY.prefix))
        operation = next((one for one, _ in found.operations if one.method == method), None) if found is not None else None
        if operation is not None and answer.status < 300 and answer.body is not None:
            self.told.append((method, operation.path, answer.body))
        return answer

    async def life(self, many: str, one: str, given: Rows, change: Rows | None = None) -> Rows:
        """Make a thing, list its like, show it, change it."""
        made: Rows = (await self.ok("POST", f"{V3}/{many}", {one: given}))[one]
        await self.ok("GET", f"{V3}/{many}")
        await self.ok("GET", f"{V3}/{many}/{made['id']}")
        if change is not None:
            await self.ok("PATCH", f"{V3}/{many}/{made['id']}", {one: change})
        return made


async def everything(client: Recorder) -> None:
    """Ask for all that Keystone has a schema of the answer for."""
    domain = await client.life("domains", "domain", {"name": "d", "description": "x", "tags": ["a"]}, {"enabled": True})
    project = await client.life("projects", "project", {"name": "p", "domain_id": domain["id"], "tags": ["a"], "x": 1}, {"name": "q"})
    user = await client.life(
        "users", "user", {"name": "u", "email": "x", "default_project_id": project["id"], "password": "x"}, {"name": "v"}
    )
    group = await client.life("groups", "group", {"name": "g"}, {"description": "y"})
    role, other = [await client.life("roles", "role", {"name": name}, {"description": "z"}) for name in ("one", "other")]
    service = await client.life("services", "service", {"type": "dns", "name": "n"}, {"name": "m"})
    given = {"service_id": service["id"], "interface": "public", "url": "http://x.example.org"}
    endpoint = await client.life("endpoints", "endpoint", given | {"region": "RegionOne"}, {"enabled": True})
    await client.life("endpoints", "endpoint", given | {"interface": "admin"})
    await client.life("regions", "region", {"id": "r", "parent_region_id": "RegionOne"}, {"description": "y"})
    await client.life("credentials", "credential", {"type": "cert", "blob": "x", "user_id": user["id"]}, {"blob": "y"})
    await client.life("policies", "policy", {"type": "text/plain", "blob": "x"}, {"blob": "y"})
    await client.life("OS-OAUTH1/consumers", "consumer", {"description": "x"}, {"description": "y"})
    filters = {"name": "e", "filters": {"service_id": service["id"]}}
    endpoints = await client.life("OS-EP-FILTER/endpoint_groups", "endpoint_group", filters, {"description": "x"})
    await relations(client, project["id"], user["id"], group["id"], role["id"], other["id"])
    for chosen in (f"projects/{project['id']}/endpoints/{endpoint['id']}", f"endpoint_groups/{endpoints['id']}/projects/{project['id']}"):
        await client("PUT", f"{V3}/OS-EP-FILTER/{chosen}")
    for path in (
        f"projects/{project['id']}/endpoints",
        f"projects/{project['id']}/endpoint_groups",
        f"endpoints/{endpoint['id']}/projects",
        f"endpoint_groups/{endpoints['id']}/projects",
        f"endpoint_groups/{endpoints['id']}/endpoints",
    ):
        await client.ok("GET", f"{V3}/OS-EP-FILTER/{path}")
    await limits(client, service["id"], project["id"])
    await client("PUT", f"{V3}/domains/{domain['id']}/config", {"config": {"identity": {"driver": "x"}}})
    for path in (f"domains/{domain['id']}/config", "domains/config/default", "regions", "OS-REVOKE/events", "role_inferences"):
        await client.ok("GET", f"{V3}/{path}")


async def relations(client: Recorder, project: str, user: str, group: str, role: str, other: str) -> None:
    """Members, grants, implications, assignments, tags."""
    await client("PUT", f"{V3}/groups/{group}/users/{user}")
    for target in (f"projects/{project}", "domains/default", "system"):
        for actor in (f"users/{user}", f"groups/{group}"):
            await client("PUT", f"{V3}/{target}/{actor}/roles/{role}")
            await client.ok("GET", f"{V3}/{target}/{actor}/roles")
    await client("PUT", f"{V3}/OS-INHERIT/domains/default/users/{user}/roles/{role}/inherited_to_projects")
    await client.ok("PUT", f"{V3}/roles/{role}/implies/{other}")
    await client.ok("PUT", f"{V3}/projects/{project}/tags", {"tags": ["a", "b"]})
    for path in (
        f"roles/{role}/implies",
        f"roles/{role}/implies/{other}",
        f"groups/{group}/users",
        f"users/{user}/groups",
        f"users/{user}/projects",
        f"projects/{project}/tags",
        f"projects/{project}?parents_as_ids&subtree_as_ids",
        "projects?is_domain=true",
        "role_assignments",
        "role_assignments?effective&include_names",
        "auth/catalog",
        "auth/projects",
        "auth/domains",
        "auth/system",
    ):
        await client.ok("GET", f"{V3}/{path}")


async def limits(client: Recorder, service: str, project: str) -> None:
    """Limits, application credentials, trusts and EC2 keys."""
    place = {"service_id": service, "resource_name": "x"}
    registered = await client.ok("POST", f"{V3}/registered_limits", {"registered_limits": [place | {"default_limit": 5}]})
    own = await client.ok("POST", f"{V3}/limits", {"limits": [place | {"project_id": project, "resource_limit": 5}]})
    await client.ok("PATCH", f"{V3}/limits/{own['limits'][0]['id']}", {"limit": {"resource_limit": 6}})
    uid = registered["registered_limits"][0]["id"]
    await client.ok("PATCH", f"{V3}/registered_limits/{uid}", {"registered_limit": {"default_limit": 6}})
    me, demo = await named(client, "user", "admin"), await named(client, "user", "demo")
    rules = [{"path": "/v2.1/servers", "method": "GET", "service": "compute"}]
    path = f"users/{me}/application_credentials"
    await client.ok("POST", f"{V3}/{path}", {"application_credential": {"name": "a", "access_rules": rules}})
    home = await named(client, "project", "admin")
    trust = {"trustor_user_id": me, "trustee_user_id": demo, "project_id": home, "impersonation": False, "roles": [{"name": "reader"}]}
    made = (await client.ok("POST", f"{V3}/OS-TRUST/trusts", {"trust": trust}))["trust"]
    key = (await client.ok("POST", f"{V3}/users/{me}/credentials/OS-EC2", {"tenant_id": home}))["credential"]
    for read in (
        *("registered_limits", f"registered_limits/{uid}", "limits", f"limits/{own['limits'][0]['id']}", "limits/model", path),
        *(f"users/{me}/access_rules", "OS-TRUST/trusts", f"OS-TRUST/trusts/{made['id']}", f"OS-TRUST/trusts/{made['id']}/roles"),
        *(f"users/{me}/credentials/OS-EC2", f"users/{me}/credentials/OS-EC2/{key['access']}"),
    ):
        await client.ok("GET", f"{V3}/{read}")


async def test_keystones_own_schemas_take_what_we_answer(stack: Stack, admin: Client) -> None:
    asked.installed()
    client = Recorder(stack, admin.token)
    await everything(client)
    cases, told = [], []
    for method, path, body in client.told:
        entry = asked.find("keystone", method, path, "", "response", None)
        if entry is not None:
            cases.append(Case(entry.key, [body]))
            told.append(f"{method} {path}: {str(body)[:900]}")
    refused = [one for one, (accepted,) in zip(told, asked.judge("keystone", cases), strict=True) if not accepted]
    assert len(cases) >= JUDGED
    assert refused == []
