"""The service's declaration."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import keystone
from emulators.openstack.service import Service

IDENTITY: Final = Service(
    name="keystone",
    type="identity",
    prefix="/identity",
    base="/v3",
    wording=keystone,
    title="OpenStack Identity API",
    classic_port=5000,
)
