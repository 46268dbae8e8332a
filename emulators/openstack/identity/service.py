"""The service's declaration."""

from __future__ import annotations

import re
from typing import Any, Final

from emulators.openstack.faults import keystone
from emulators.openstack.service import Service

_REQUIRED: Final = re.compile(r"must contain \['([^']+)'")


def _sentence(path: list[str], reason: str, _value: Any) -> str:
    """Keystone's words for what does not fit a schema."""
    required = _REQUIRED.match(reason)
    why = f"'{required[1]}' is a required property" if required else reason
    return f"Invalid input for field '{'/'.join(path)}': {why}" if path else why


IDENTITY: Final = Service(
    name="keystone",
    type="identity",
    prefix="/identity",
    base="/v3",
    wording=keystone,
    title="OpenStack Identity API",
    classic_port=5000,
    sentence=_sentence,
)
