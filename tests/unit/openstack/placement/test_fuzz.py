"""Ten thousand requests of Placement that are almost right."""

from __future__ import annotations

import pytest

from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.services import load
from tests.unit.openstack.stack import Client, Stack
from tests.unit.openstack.storm import Asking, storm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
VERSIONS = tuple(f"1.{minor}" for minor in (0, 1, 4, 6, 8, 12, 13, 14, 16, 18, 19, 22, 25, 28, 30, 32, 33, 35, 36, 38, 39, 39, 39))
A, B, C = (f"11111111-1111-4111-8111-11111111111{place}" for place in "123")
CONSUMER = "22222222-2222-4222-8222-222222222222"
AMOUNTS = ("VCPU:1", "CUSTOM_GOLD:2,VCPU:1", "CUSTOM_GOLD:1,MEMORY_MB:64", "VCPU:99999999999999999999")
TRAITS = ("COMPUTE_NODE", "CUSTOM_A,!HW_CPU_X86_VMX", "in:CUSTOM_A,COMPUTE_NODE", "!CUSTOM_A")
QUERIES = {
    "name": ("a", "startswith:HW", "in:CUSTOM_A"), "uuid": (A, B), "member_of": (C, f"in:{A},{C}", f"!{C}", f"!in:{A},{C}"),
    "resources": AMOUNTS,
    "resources1": AMOUNTS, "resources_X": AMOUNTS, "required": TRAITS, "required1": TRAITS, "in_tree": (A, B), "in_tree1": (A, B),
    "limit": ("1", "10"), "group_policy": ("none", "isolate"), "root_required": TRAITS, "same_subtree": ("_X,1", "1"), "project_id": ("p",),
    "user_id": ("u",), "consumer_type": ("all", "unknown", "TEST"), "associated": ("true", "false"),
}  # fmt: skip


async def known(admin: Client) -> dict[str, list[str]]:
    """What requests are about, by the names that paths and bodies have for it."""
    admin.version = "placement 1.39"
    providers = "/placement/resource_providers"
    await admin.ok("POST", providers, {"name": "a", "uuid": A})
    await admin.ok("POST", providers, {"name": "b", "uuid": B, "parent_provider_uuid": A})
    await admin("PUT", "/placement/resource_classes/CUSTOM_GOLD")
    await admin("PUT", "/placement/traits/CUSTOM_A")
    body = {"inventories": {"CUSTOM_GOLD": {"total": 50}, "VCPU": {"total": 50}}, "resource_provider_generation": 0}
    await admin.ok("PUT", f"{providers}/{B}/inventories", body)
    hosts = [one["uuid"] for one in (await admin.ok("GET", providers))["resource_providers"]]
    admin.version = ""
    return {
        "uuid": [*hosts, A, B, C], "consumer_uuid": [CONSUMER, A], "parent_provider_uuid": [A, B, C], "traits": ["CUSTOM_A", "HW_GPU"],
        "name": ["CUSTOM_GOLD", "CUSTOM_A", "CUSTOM_NEW", "c"], "resource_class": ["CUSTOM_GOLD", "VCPU", "VGPU"], "aggregates": [A, C],
        "project_id": ["p"], "user_id": ["u"], "consumer_type": ["TEST"],
    }  # fmt: skip


class Allocating(Asking):
    """Bodies whose keys are patterns: providers, consumers and resource classes by name."""

    def example(self, schema: object, name: str = "") -> object:
        """Something that (more or less) fits a schema."""
        found = super().example(schema, name)
        patterns = schema.get("patternProperties") if isinstance(schema, dict) else None
        if not patterns or not isinstance(found, dict):
            return found
        ((pattern, inner),) = patterns.items()
        keys = ("CUSTOM_GOLD", "VCPU") if "A-Z" in pattern and "a-z" not in pattern else (A, B, C, CONSUMER)
        return found | {key: self.example(inner, "") for key in self._random.sample(keys, self._random.randint(0, 2))}


async def test_almost_right_requests_are_answered(stack: Stack, admin: Client, demo: Client) -> None:
    load()
    statuses = await storm(Allocating(PLACEMENT, await known(admin), 18, QUERIES), "placement", VERSIONS, (admin, admin))
    assert {200, 201, 204, 400, 404, 405, 409} <= statuses.keys(), statuses
    assert sum(count for status, count in statuses.items() if status < 300) > 1000, statuses
