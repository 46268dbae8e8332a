"""The service's declaration."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import errors
from emulators.openstack.microversions import Microversions, Version
from emulators.openstack.service import Service

PLACEMENT: Final = Service(
    name="placement",
    type="placement",
    prefix="/placement",
    base="",
    wording=errors,
    title="OpenStack Placement API",
    microversions=Microversions("placement", Version(1, 0), Version(1, 39)),
    classic_port=8778,
)
