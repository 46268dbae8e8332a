"""The service's declaration."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import nova
from emulators.openstack.microversions import Microversions, Version
from emulators.openstack.service import Service

COMPUTE: Final = Service(
    name="nova",
    type="compute",
    prefix="/compute",
    base="/v2.1",
    wording=nova,
    title="OpenStack Compute API",
    microversions=Microversions("compute", Version(2, 1), Version(2, 96), "X-OpenStack-Nova-API-Version"),
    project_in_path=True,
    request_id_header="x-compute-request-id",
    classic_port=8774,
    strict_slash=True,
)
