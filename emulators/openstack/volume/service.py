"""The service's declaration."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import nova
from emulators.openstack.microversions import Microversions, Version
from emulators.openstack.service import Service

VOLUME: Final = Service(
    name="cinder",
    type="block-storage",
    prefix="/volume",
    base="/v3",
    wording=nova,
    title="OpenStack Block Storage API",
    microversions=Microversions("volume", Version(3, 0), Version(3, 71)),
    project_in_path=True,
    request_id_header="x-compute-request-id",
    classic_port=8776,
    strict_slash=True,
)
