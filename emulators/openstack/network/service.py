"""The service's declaration."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import neutron
from emulators.openstack.service import Service

NETWORK: Final = Service(
    name="neutron",
    type="network",
    prefix="/networking",
    base="/v2.0",
    wording=neutron,
    title="OpenStack Networking API",
    classic_port=9696,
)
