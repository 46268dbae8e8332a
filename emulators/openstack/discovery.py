"""Version documents: what a client reads before anything else, in the one shape that Nova, Cinder, Neutron, Glance and Placement share."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.service import Service


def version_document(call: Call, name: str, *, status: str = "CURRENT", updated: str = "", microversions: bool = True) -> dict[str, Any]:
    """One version of a service, such as ``v2.1``; its link is that path below the service's prefix."""
    service: Service = call.service
    document: dict[str, Any] = {"id": name, "status": status, "links": [{"rel": "self", "href": call.url(f"/{name}/")}]}
    if updated:
        document["updated"] = updated
    if microversions and service.microversions is not None:
        lowest, highest = str(service.microversions.lowest), str(service.microversions.highest)
        document |= {"version": highest, "min_version": lowest}
    return document
