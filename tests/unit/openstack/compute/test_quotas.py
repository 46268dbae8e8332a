"""Quotas of projects, users and classes, and the limits that they are shown as."""

from __future__ import annotations

import pytest

from emulators.openstack.compute.quotas import DEFAULTS
from tests.unit.openstack.stack import Client

SETS = "/compute/v2.1/os-quota-sets"
CLASS = "/compute/v2.1/os-quota-class-sets/default"
LIMITS = "/compute/v2.1/limits"


@pytest.fixture
async def project(demo: Client) -> str:
    """The id of the demo project."""
    found: str = (await demo.ok("GET", "/identity/v3/auth/projects"))["projects"][0]["id"]
    return found


async def test_a_project_has_novas_defaults(demo: Client, project: str) -> None:
    assert await demo.ok("GET", f"{SETS}/{project}") == {"quota_set": {"id": project, **DEFAULTS}}
    assert await demo.ok("GET", f"{SETS}/{project}/defaults") == {"quota_set": {"id": project, **DEFAULTS}}


@pytest.mark.parametrize(("version", "gone"), [("2.35", 0), ("2.36", 4), ("2.56", 4), ("2.57", 7)])
async def test_quotas_went_as_their_services_did(demo: Client, project: str, version: str, gone: int) -> None:
    demo.version = f"compute {version}"
    found = (await demo.ok("GET", f"{SETS}/{project}"))["quota_set"]
    assert len(found) == len(DEFAULTS) + 1 - gone
    detail = (await demo.ok("GET", f"{SETS}/{project}/detail"))["quota_set"]
    assert set(detail) == set(found)
    assert detail["cores"] == {"limit": 20, "in_use": 0, "reserved": 0}


async def test_administrators_set_quotas_and_take_them_back(admin: Client, demo: Client, project: str) -> None:
    await demo.refused(403, "PUT", f"{SETS}/{project}", {"quota_set": {"cores": 5}})
    changed = (await admin.ok("PUT", f"{SETS}/{project}", {"quota_set": {"cores": "5", "ram": -1, "floating_ips": 3}}))["quota_set"]
    assert (changed["cores"], changed["ram"], changed["floating_ips"]) == (5, -1, 3)
    assert "id" not in changed
    assert (await demo.ok("GET", f"{SETS}/{project}"))["quota_set"]["cores"] == 5
    assert (await admin("DELETE", f"{SETS}/{project}")).status == 202
    assert (await demo.ok("GET", f"{SETS}/{project}"))["quota_set"]["cores"] == 20


async def test_a_user_has_at_most_what_the_project_has(admin: Client, project: str) -> None:
    await admin.ok("PUT", f"{SETS}/{project}?user_id=me", {"quota_set": {"cores": 5}})
    assert (await admin.ok("GET", f"{SETS}/{project}?user_id=me"))["quota_set"]["cores"] == 5
    assert (await admin.ok("GET", f"{SETS}/{project}"))["quota_set"]["cores"] == 20
    refused = await admin.refused(400, "PUT", f"{SETS}/{project}?user_id=me", {"quota_set": {"cores": 21}})
    assert refused["badRequest"]["message"] == "Quota limit 21 for cores must be less than or equal to 20."
    assert (await admin("DELETE", f"{SETS}/{project}?user_id=me")).status == 202
    assert (await admin.ok("GET", f"{SETS}/{project}?user_id=me"))["quota_set"]["cores"] == 20


async def test_no_quota_is_set_below_what_is_used_unless_it_is_forced(admin: Client, demo: Client, project: str) -> None:
    await demo.ok("POST", "/compute/v2.1/os-server-groups", {"server_group": {"name": "g", "policies": ["affinity"]}})
    refused = await admin.refused(400, "PUT", f"{SETS}/{project}", {"quota_set": {"server_groups": 0}})
    words = "Quota limit 0 for server_groups must be greater than or equal to already used and reserved 1."
    assert refused == {"badRequest": {"code": 400, "message": words}}
    assert (await admin.ok("PUT", f"{SETS}/{project}", {"quota_set": {"server_groups": 0, "force": "true"}}))["quota_set"][
        "server_groups"
    ] == 0


async def test_bad_quotas_are_refused(admin: Client, demo: Client, project: str) -> None:
    for bad in ({"cores": -2}, {"cores": "x"}, {"cores": 1 << 31}, {"cores": "9" * 20}, {"colour": 1}, {"cores": None}):
        await admin.refused(400, "PUT", f"{SETS}/{project}", {"quota_set": bad})
    refused = await admin.refused(400, "GET", f"{SETS}/nobody")
    assert refused["badRequest"]["message"] == "Project ID nobody is not a valid project."
    await demo.refused(403, "GET", f"{SETS}/somebody-elses")
    admin.version = "compute 2.36"
    await admin.refused(400, "PUT", f"{SETS}/{project}", {"quota_set": {"floating_ips": 3}})
    admin.version = "compute 2.57"
    await admin.refused(400, "PUT", f"{SETS}/{project}", {"quota_set": {"injected_files": 3}})


async def test_the_default_class_is_every_projects_default(admin: Client, demo: Client, project: str) -> None:
    await demo.refused(403, "GET", CLASS)
    assert "server_groups" not in (await admin.ok("GET", CLASS))["quota_class_set"]
    changed = (await admin.ok("PUT", CLASS, {"quota_class_set": {"instances": 3}}))["quota_class_set"]
    assert changed["instances"] == 3
    assert (await demo.ok("GET", f"{SETS}/{project}"))["quota_set"]["instances"] == 3
    admin.version = "compute 2.50"
    found = (await admin.ok("GET", CLASS))["quota_class_set"]
    assert (found["id"], found["server_groups"]) == ("default", 10)
    assert "floating_ips" not in found
    await admin.refused(400, "PUT", CLASS, {"quota_class_set": {"floating_ips": 3}})
    assert (await admin.ok("GET", CLASS.replace("default", "other")))["quota_class_set"]["instances"] == 10


async def test_limits_are_the_quotas_in_other_words(admin: Client, demo: Client, project: str) -> None:
    found = (await demo.ok("GET", LIMITS))["limits"]
    assert found["rate"] == []
    absolute = found["absolute"]
    assert (absolute["maxTotalRAMSize"], absolute["maxTotalKeypairs"], absolute["totalCoresUsed"]) == (51200, 100, 0)
    assert absolute["maxImageMeta"] == 128
    demo.version = "compute 2.57"
    latest = (await demo.ok("GET", LIMITS))["limits"]["absolute"]
    assert not {"maxImageMeta", "maxPersonality", "maxTotalFloatingIps", "totalFloatingIpsUsed", "maxSecurityGroups"} & set(latest)
    await demo.refused(403, "GET", f"{LIMITS}?tenant_id=somebody-elses")
    assert (await admin.ok("GET", f"{LIMITS}?tenant_id={project}"))["limits"]["absolute"]["maxTotalCores"] == 20
    demo.version = "compute 2.75"
    await demo.refused(400, "GET", f"{LIMITS}?reserved=1")
