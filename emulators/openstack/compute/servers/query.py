"""The query of a list of servers, by microversion (nova's ``index_query``)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.compute.parameters import PAGING, TEXTS
from emulators.openstack.schemas import Schema
from emulators.openstack.service import Versioned

SORT_KEYS: Final = frozenset(
    {
        *("access_ip_v4", "access_ip_v6", "auto_disk_config", "availability_zone", "config_drive", "created_at", "display_description"),
        *("display_name", "host", "hostname", "image_ref", "instance_type_id", "kernel_id", "key_name", "launch_index", "launched_at"),
        *("locked_by", "node", "power_state", "progress", "project_id", "ramdisk_id", "root_device_name", "task_state", "terminated_at"),
        *("updated_at", "user_id", "uuid", "vm_state"),
    }
)
IGNORED_SORT_KEYS: Final = frozenset(
    {
        *("architecture", "cell_name", "cleaned", "default_ephemeral_device", "default_swap_device", "deleted", "deleted_at"),
        *("disable_terminate", "ephemeral_gb", "ephemeral_key_uuid", "id", "key_data", "launched_on", "locked", "memory_mb", "os_type"),
        *("reservation_id", "root_gb", "shutdown_terminate", "user_data", "vcpus", "vm_mode"),
    }
)
REGEX: Final = frozenset(
    {
        *("kernel_id", "ramdisk_id", "hostname", "key_name", "power_state", "node", "flavor", "reservation_id", "launched_at"),
        *("terminated_at", "availability_zone", "name", "display_name", "description", "display_description", "locked_by"),
        *("root_device_name", "config_drive", "access_ip_v4", "access_ip_v6", "auto_disk_config", "progress", "ip", "ip6", "created_at"),
    }
)
PLAIN: Final = frozenset(
    {
        *("user_id", "project_id", "tenant_id", "launch_index", "image_ref", "image", "vm_state", "task_state", "host", "uuid"),
        *("sort_dir", "all_tenants", "soft_deleted", "deleted", "status"),
    }
)
JOINED: Final = frozenset(
    {"block_device_mapping", "services", "metadata", "system_metadata", "info_cache", "security_groups", "pci_devices"}
)
"""Names that Nova takes for columns, and refuses."""
_TIMES: Final[Schema] = {"type": "array", "items": {"type": "string", "format": "date-time"}}
_TAGS: Final = dict.fromkeys(("tags", "tags-any", "not-tags", "not-tags-any"), TEXTS)


def _sorted_by(*keys: str) -> dict[str, Schema]:
    return {"sort_key": {"type": "array", "items": {"type": "string", "enum": sorted(keys)}}}


_FIRST: Final[dict[str, Any]] = {
    **dict.fromkeys(sorted(REGEX | PLAIN | JOINED), TEXTS),
    **PAGING,
    "page_size": TEXTS,
    "offset": TEXTS,
    "changes-since": _TIMES,
    **_sorted_by(*SORT_KEYS, *IGNORED_SORT_KEYS),
}


def _query(properties: dict[str, Any], *, strict: bool = False) -> dict[str, Any]:
    found = {"type": "object", "properties": properties, "additionalProperties": not strict}
    return found | {"patternProperties": {"^_": TEXTS}}


_WITH_TAGS: Final = {**_FIRST, **_TAGS}
_WITH_BEFORE: Final = {**_WITH_TAGS, "changes-before": _TIMES}
_WITH_LOCKED: Final = {**_WITH_BEFORE, "locked": TEXTS}
_STRICT: Final = {**_WITH_LOCKED, **_sorted_by(*SORT_KEYS, "locked")}
LIST: Final = Versioned(
    {
        "2.1-2.25": _query(_FIRST),
        "2.26-2.65": _query(_WITH_TAGS),
        "2.66-2.72": _query(_WITH_BEFORE),
        "2.73-2.74": _query(_WITH_LOCKED),
        "2.75-": _query(_STRICT, strict=True),
    }
)
