"""Limits: what the caller's project may use and uses, in the words of the first API."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.parameters import TEXTS, grown
from emulators.openstack.compute.quota_sets import usages
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault

_MOST: Final = {
    "ram": ("maxTotalRAMSize",),
    "instances": ("maxTotalInstances",),
    "cores": ("maxTotalCores",),
    "key_pairs": ("maxTotalKeypairs",),
    "floating_ips": ("maxTotalFloatingIps",),
    "metadata_items": ("maxServerMeta", "maxImageMeta"),
    "injected_files": ("maxPersonality",),
    "injected_file_content_bytes": ("maxPersonalitySize",),
    "security_groups": ("maxSecurityGroups",),
    "security_group_rules": ("maxSecurityGroupRules",),
    "server_groups": ("maxServerGroups",),
    "server_group_members": ("maxServerGroupMembers",),
}
_USED: Final = {
    "totalRAMUsed": "ram",
    "totalCoresUsed": "cores",
    "totalInstancesUsed": "instances",
    "totalFloatingIpsUsed": "floating_ips",
    "totalSecurityGroupsUsed": "security_groups",
    "totalServerGroupsUsed": "server_groups",
}
_QUERY: Final = grown(("2.1", {"tenant_id": TEXTS}), ("2.75", {"tenant_id": TEXTS}), closed_from="2.75")


@COMPUTE.get("/limits", rule=anyone, query=_QUERY, quality="client")
async def show_limits(call: Call) -> dict[str, Any]:
    """The limits of the caller's project, of any for administrators."""
    project = call.first("tenant_id") or call.project
    if project != call.project and not call.credentials.admin:
        raise Fault(403, "Policy doesn't allow os_compute_api:limits:other_project to be performed.")
    values, without = usages(call, project), _without(call)
    absolute = {word: values[name]["limit"] for name, words in _MOST.items() if name not in without for word in words}
    if call.since("2.39"):
        absolute.pop("maxImageMeta")
    absolute |= {word: values[name]["in_use"] for word, name in _USED.items() if name not in without}
    return {"limits": {"rate": [], "absolute": absolute}}


def _without(call: Call) -> frozenset[str]:
    networks = frozenset({"floating_ips", "security_groups", "security_group_rules"})
    if call.since("2.57"):
        return networks | {"injected_files", "injected_file_content_bytes"}
    return networks if call.since("2.36") else frozenset()
