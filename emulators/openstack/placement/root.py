"""Placement's version document."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.placement.dated import dated
from emulators.openstack.placement.service import PLACEMENT


@PLACEMENT.get("/", rule=None, quality="checked")
async def home(call: Call) -> dict[str, Any]:
    """The one version, with its microversions."""
    dated(call)
    held = PLACEMENT.microversions
    lowest, highest = (str(held.lowest), str(held.highest)) if held else ("", "")
    links = [{"rel": "self", "href": ""}]
    return {"versions": [{"id": f"v{lowest}", "max_version": highest, "min_version": lowest, "status": "CURRENT", "links": links}]}
