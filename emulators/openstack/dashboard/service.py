"""The dashboard's declaration.  It is no API: the catalog does not list it."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import plain
from emulators.openstack.service import Service

DASHBOARD: Final = Service(name="horizon", type="dashboard", prefix="/dashboard", base="", wording=plain, title="OpenStack Dashboard")
