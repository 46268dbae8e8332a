"""Nova's own schemas of responses, and the samples of both services, judge what we answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.openstack import samples
from tests.contract.openstack.oracle import asked
from tests.contract.openstack.oracle.asked import Case
from tests.unit.openstack.servers.rig import Rig
from tests.unit.openstack.stack import Answer, Client, Rows, Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MINORS = (1, 2, 11, 13, 15, 23, 28, 33, 35, 36, 39, 40, 41, 50, 53, 55, 57, 59, 61, 64, 69, 75, 80, 85, 88, 92, 96)
V21 = "/compute/v2.1"


async def paths(admin: Client, project: str, minor: int) -> dict[str, str]:
    """What is read, by its path's template.  Not the audit log: its schema has hosts named like UUIDs, which no host is."""
    versioned = {"OpenStack_API_Version": f"compute 2.{minor}"}
    hypervisor = (await admin.ok("GET", f"{V21}/os-hypervisors", **versioned))["hypervisors"][0]["id"]
    aggregate = (await admin.ok("GET", f"{V21}/os-aggregates", **versioned))["aggregates"][0]["id"]
    group = (await admin.ok("GET", f"{V21}/os-server-groups", **versioned))["server_groups"][0]["id"]
    plain = (
        "/flavors",
        "/flavors/detail",
        "/os-keypairs",
        "/os-server-groups",
        "/os-services",
        "/os-hypervisors",
        "/os-hypervisors/detail",
    )
    more = (
        "/os-aggregates",
        "/os-availability-zone",
        "/os-availability-zone/detail",
        "/limits",
        "/os-migrations",
        "/os-hosts",
        "/extensions",
    )
    proxies = ("/os-security-groups", "/os-floating-ips", "/os-networks", "/os-tenant-networks", "/os-volumes", "/os-snapshots", "/images")
    with_ids = {
        "/flavors/{id}": "/flavors/1",
        "/flavors/{id}/os-extra_specs": "/flavors/1/os-extra_specs",
        "/flavors/{id}/os-flavor-access": "/flavors/private/os-flavor-access",
        "/os-keypairs/{id}": "/os-keypairs/k",
        "/os-server-groups/{id}": f"/os-server-groups/{group}",
        "/os-hypervisors/{id}": f"/os-hypervisors/{hypervisor}",
        "/os-hypervisors/{id}/uptime": f"/os-hypervisors/{hypervisor}/uptime",
        "/os-hypervisors/{id}/search": "/os-hypervisors/kvm/search",
        "/os-hypervisors/{id}/servers": "/os-hypervisors/kvm/servers",
        "/os-aggregates/{id}": f"/os-aggregates/{aggregate}",
        "/os-quota-sets/{id}": f"/os-quota-sets/{project}",
        "/os-quota-sets/{id}/defaults": f"/os-quota-sets/{project}/defaults",
        "/os-quota-sets/{id}/detail": f"/os-quota-sets/{project}/detail",
        "/os-quota-class-sets/{id}": "/os-quota-class-sets/default",
        "/os-simple-tenant-usage": "/os-simple-tenant-usage?detailed=1",
        "/os-simple-tenant-usage/{id}": f"/os-simple-tenant-usage/{project}",
        "/os-hosts/{id}": "/os-hosts/kvm-01.ams1",
        "/os-hypervisors/statistics": "/os-hypervisors/statistics",
    }
    return {**{one: one for one in (*plain, *more, *proxies, "/images/detail", "/os-floating-ip-pools")}, **with_ids}


async def furnish(stack: Stack, admin: Client, demo: Client) -> str:
    """Something of everything; the demo project's id."""
    await Rig(stack, demo).boot()
    demo.version = ""
    await admin.ok("POST", f"{V21}/os-keypairs", {"keypair": {"name": "k"}})
    await admin.ok("POST", f"{V21}/os-server-groups", {"server_group": {"name": "g", "policies": ["affinity"]}})
    made = await admin.ok("POST", f"{V21}/os-aggregates", {"aggregate": {"name": "a", "availability_zone": "z"}})
    await admin.ok("POST", f"{V21}/os-aggregates/{made['aggregate']['id']}/action", {"add_host": {"host": "kvm-02.ams1"}})
    private: Rows = {"name": "p", "id": "private", "ram": 1, "vcpus": 1, "disk": 1, "os-flavor-access:is_public": False}
    await admin.ok("POST", f"{V21}/flavors", {"flavor": private})
    await admin.ok("POST", f"{V21}/os-volumes", {"volume": {"size": 1}})
    found: str = (await demo.ok("GET", "/identity/v3/auth/projects"))["projects"][0]["id"]
    return found


async def test_novas_own_schemas_take_what_we_answer(stack: Stack, admin: Client, demo: Client) -> None:
    asked.installed()
    project = await furnish(stack, admin, demo)
    cases, told = [], []
    for minor in MINORS:
        for template, path in (await paths(admin, project, minor)).items():
            answer: Answer = await admin("GET", f"{V21}{path}", OpenStack_API_Version=f"compute 2.{minor}")
            entry = asked.find("nova", "GET", template, "", "response", (2, minor))
            if answer.status == 200 and entry is not None:
                cases.append(Case(entry.key, [answer.body]))
                told.append(f"2.{minor} {template}: {answer.data[:1500]!r}")
    refused = [one for one, (accepted,) in zip(told, asked.judge("nova", cases), strict=True) if not accepted]
    assert len(cases) > 500
    assert refused == []


async def test_placement_answers_as_its_samples_do(stack: Stack, admin: Client) -> None:
    uuid = "11111111-1111-4111-8111-111111111111"
    admin.version = "placement 1.39"
    await admin.ok("POST", "/placement/resource_providers", {"name": "a", "uuid": uuid})
    inventories: Rows = {
        "inventories": {name: {"total": 100} for name in ("DISK_GB", "MEMORY_MB", "VCPU")},
        "resource_provider_generation": 0,
    }
    await admin.ok("PUT", f"/placement/resource_providers/{uuid}/inventories", inventories)
    given = {
        "allocations": {uuid: {"resources": {"DISK_GB": 1, "VCPU": 1}}},
        "project_id": "p",
        "user_id": "u",
        "consumer_generation": None,
    }
    await admin.ok("PUT", f"/placement/allocations/{uuid}", {**given, "consumer_type": "INSTANCE"})
    await admin.ok("PUT", f"/placement/resource_providers/{uuid}/aggregates", {"aggregates": [uuid], "resource_provider_generation": 2})
    wrong = {}
    for template, path in (
        ("/resource_providers", "/resource_providers"),
        ("/resource_providers/{uuid}", f"/resource_providers/{uuid}"),
        ("/resource_providers/{uuid}/inventories", f"/resource_providers/{uuid}/inventories"),
        ("/resource_providers/{uuid}/inventories/{resource_class}", f"/resource_providers/{uuid}/inventories/VCPU"),
        ("/resource_providers/{uuid}/aggregates", f"/resource_providers/{uuid}/aggregates"),
        ("/resource_providers/{uuid}/traits", f"/resource_providers/{uuid}/traits"),
        ("/resource_classes", "/resource_classes"),
        ("/resource_classes/{name}", "/resource_classes/VCPU"),
        ("/traits", "/traits"),
    ):
        for one in samples.of("placement", "GET", template):
            version = ".".join(map(str, one.version)) if one.version else "1.14"
            answer = await admin.ok("GET", f"/placement{path}", OpenStack_API_Version=f"placement {version}")
            found = [fault for fault in samples.misshapen(one.content, answer) if not _of_version(fault)]
            if found:
                wrong[f"{version} {template}"] = found
    assert wrong == {}


def _of_version(fault: str) -> bool:
    """What another sample's microversion explains: names of classes and of fields that came later."""
    words: Any = (".inventories.", "generation: unknown", "generation: missing", "provider_uuid")
    return any(word in fault for word in words)
