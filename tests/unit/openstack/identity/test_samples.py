"""Answers beside Keystone's own samples: the same keys, values of the same types."""

from __future__ import annotations

import pytest

from tests.contract.openstack import samples
from tests.unit.openstack.identity.test_people import V3, made, named
from tests.unit.openstack.stack import Client

SAMPLED = ("credentials", "domains", "endpoints", "groups", "policies", "projects", "regions", "roles", "services", "users")
ONES = {"policies": "policy"}
OURS = frozenset({"tags", "options", "truncated", "description", "password_expires_at", "default_project_id", "email"})
OURS |= {"is_domain", "domain_id", "federated", "blob"}
"""What only one of both has: samples were written before Keystone had it, or show what their thing was made with."""


async def things(admin: Client) -> None:
    """One of each kind, as the samples have them."""
    user = await made(
        admin, "user", name="sampled", email="a@example.org", description="x", default_project_id=await named(admin, "project", "demo")
    )
    await made(admin, "credential", type="cert", blob="x", user_id=user["id"], project_id=await named(admin, "project", "demo"))
    await admin.ok("POST", f"{V3}/policies", {"policy": {"type": "application/json", "blob": "{}"}})


@pytest.mark.usefixtures("samples")
@pytest.mark.parametrize("many", SAMPLED)
async def test_lists_and_things_are_as_the_samples_have_them(admin: Client, many: str) -> None:
    await things(admin)
    one = ONES.get(many, many.removesuffix("s"))
    listed = await admin.ok("GET", f"{V3}/{many}")
    shown = await admin.ok("GET", f"{V3}/{many}/{listed[many][-1]['id']}")
    tried = 0
    for path, answer in ((f"/{many}", listed | {many: listed[many][-1:]}), (f"/{many}/{{{one}_id}}", shown)):
        for sample in samples.of("keystone", "GET", path):
            tried += sample.kind == "response"
            found = samples.misshapen(sample.content, answer) if sample.kind == "response" else []
            assert [fault for fault in found if fault.split(":")[0].rpartition(".")[2] not in OURS] == [], sample.file
    assert tried
