"""The service's declaration."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import plain
from emulators.openstack.service import Service

IMAGE: Final = Service(
    name="glance",
    type="image",
    prefix="/image",
    base="/v2",
    wording=plain,
    title="OpenStack Image API",
    classic_port=9292,
    strict_slash=True,
)
