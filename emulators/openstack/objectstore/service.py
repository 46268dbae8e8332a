"""The service's declaration."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import plain
from emulators.openstack.service import Service

OBJECT_STORE: Final = Service(
    name="swift",
    type="object-store",
    prefix="/object",
    base="/v1",
    wording=plain,
    title="OpenStack Object Storage API",
    classic_port=8080,
)
