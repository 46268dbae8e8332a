"""Ten thousand requests of Nova, but for its servers, that are almost right."""

from __future__ import annotations

import pytest

from emulators.openstack.compute.gone import gone
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.services import load
from tests.unit.openstack.stack import Client, Stack
from tests.unit.openstack.storm import Asking, part_of, storm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
VERSIONS = (
    "2.1",
    "2.2",
    "2.10",
    "2.15",
    "2.35",
    "2.36",
    "2.40",
    "2.50",
    "2.53",
    "2.57",
    "2.61",
    "2.64",
    "2.75",
    "2.80",
    "2.86",
    "2.88",
    "2.92",
    "2.96",
)
NOBODY = "11111111-1111-4111-8111-111111111111"


async def known(admin: Client) -> dict[str, list[str]]:
    """What requests are about, by the names that paths and bodies have for it."""
    v21 = "/compute/v2.1"
    aggregate = (await admin.ok("POST", f"{v21}/os-aggregates", {"aggregate": {"name": "a"}}))["aggregate"]
    group = (await admin.ok("POST", f"{v21}/os-server-groups", {"server_group": {"name": "g", "policies": ["affinity"]}}))["server_group"]
    security = (await admin.ok("GET", f"{v21}/os-security-groups"))["security_groups"][0]
    pair = (await admin.ok("POST", f"{v21}/os-keypairs", {"keypair": {"name": "k"}}))["keypair"]
    projects = [one["id"] for one in (await admin.ok("GET", "/identity/v3/projects"))["projects"]]
    newer = {"OpenStack_API_Version": "compute 2.53"}
    services = [str(one["id"]) for one in (await admin.ok("GET", f"{v21}/os-services", **newer))["services"]]
    hypervisors = [str(one["id"]) for one in (await admin.ok("GET", f"{v21}/os-hypervisors", **newer))["hypervisors"]]
    verbs = ["enable", "disable", "disable-log-reason", "force-down"]
    hosts = ["kvm-01.ams1", "kvm-02.ams1"]
    return {
        "flavor_id": ["1", "42", "new"], "id": ["new", "1"], "name": ["k", "new", "default"], "key": ["hw_rng:allowed", "a"],
        "aggregate_id": [str(aggregate["id"])], "group_id": [group["id"], security["id"]], "parent_group_id": [security["id"]],
        "project": projects, "tenant": projects, "project_id": projects, "user_id": [pair["user_id"]],
        "service_id": [*services, *verbs], "hypervisor_id": [*hypervisors, "kvm"], "host": hosts, "binary": ["nova-compute"],
        "verb": ["reboot", "startup"], "before": ["2026-01-01 00:00:00"], "alias": ["os-agents"], "public_key": [pair["public_key"]],
        "cidr": ["10.0.0.0/8", "::/0"], "ip_protocol": ["tcp", "icmp"], "status": ["enabled", "disabled", "enable"],
        "image_id": [NOBODY], "volume_id": [NOBODY], "network_id": [NOBODY], "pool": ["public"], "description": ["d"],
    }  # fmt: skip


QUERIES = {
    "limit": ("1", "0", "1000"), "marker": ("1", NOBODY), "offset": ("0", "1"), "sort_key": ("name", "vcpus"), "sort_dir": ("asc", "desc"),
    "is_public": ("none", "true"), "minRam": ("1",), "minDisk": ("0",), "user_id": ("me",), "tenant_id": (NOBODY,), "reserved": ("1",),
    "all_projects": ("1",), "host": ("kvm-01.ams1",), "binary": ("nova-compute",), "zone": ("nova",), "with_servers": ("true",),
    "hypervisor_hostname_pattern": ("kvm",), "start": ("2026-01-01T00:00:00", "2999-01-01 00:00:00.0"), "detailed": ("1",),
    "end": ("2026-06-01T00:00:00",),
    "status": ("done", "ACTIVE"), "changes-since": ("2026-01-01T00:00:00Z", "2026-01-01"), "changes-before": ("2027-01-01T00:00:00+02:00",),
    "migration_type": ("resize",), "instance_uuid": (NOBODY,), "all_tenants": ("1",), "name": ("m1.tiny",),
}  # fmt: skip


async def test_almost_right_requests_are_answered(stack: Stack, admin: Client, demo: Client) -> None:
    load()
    service = part_of(COMPUTE, lambda one: "servers" not in one.handler.__module__.split(".") and one.handler is not gone)
    wild = Asking(service, await known(admin), 52, QUERIES)
    statuses = await storm(wild, "compute", VERSIONS, (admin, demo))
    assert {200, 202, 204, 400, 403, 404, 405, 409} <= statuses.keys(), statuses
    assert sum(count for status, count in statuses.items() if status < 300) > 1000, statuses
