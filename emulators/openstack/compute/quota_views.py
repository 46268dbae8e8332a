"""Quotas as answers show them: which ones each microversion has left."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.parameters import MAX_INT
from emulators.openstack.compute.quotas import DEFAULTS
from emulators.openstack.schemas import BOOLEAN, Schema, wrapped
from emulators.openstack.service import Versioned

NETWORK: Final = frozenset({"fixed_ips", "floating_ips", "security_groups", "security_group_rules"})
"""Gone when the proxies of the network went (2.36)."""
FILES: Final = frozenset({"injected_files", "injected_file_content_bytes", "injected_file_path_bytes"})
"""Gone when personality went (2.57)."""
GROUPS: Final = frozenset({"server_groups", "server_group_members"})
_LIMIT: Final[Schema] = {"type": ["integer", "string"], "pattern": "^-?[0-9]+$", "maxLength": 255, "minimum": -1, "maximum": MAX_INT}


def hidden(call: Call, networks_until: str = "2.36") -> frozenset[str]:
    """The quotas that a microversion does not have any more."""
    if call.since("2.57"):
        return NETWORK | FILES
    return NETWORK if call.since(networks_until) else frozenset()


def shown(values: dict[str, Any], without: frozenset[str]) -> dict[str, Any]:
    """The values of the quotas that are there."""
    return {name: values[name] for name in DEFAULTS if name not in without}


def body(key: str, *, gone: str, force: bool = False) -> Versioned:
    """The schemas of a request that sets quotas: those of the network go with microversion ``gone``."""

    def of(without: frozenset[str]) -> Schema:
        extra = {"force": BOOLEAN} if force else {}
        return wrapped(key, {**{name: _LIMIT for name in DEFAULTS if name not in without}, **extra})

    before = f"2.{int(gone.split('.')[1]) - 1}"
    return Versioned({f"2.1-{before}": of(frozenset()), f"{gone}-2.56": of(NETWORK), "2.57-": of(NETWORK | FILES)})
