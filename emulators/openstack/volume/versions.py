"""The version documents."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call, Reply
from emulators.openstack.volume.service import VOLUME

UPDATED = "2023-08-31T00:00:00Z"


def document(call: Call) -> dict[str, Any]:
    """Version 3 with its microversions."""
    assert VOLUME.microversions is not None  # noqa: S101 - declared with them
    return {
        "id": "v3.0",
        "status": "CURRENT",
        "version": str(VOLUME.microversions.highest),
        "min_version": str(VOLUME.microversions.lowest),
        "updated": UPDATED,
        "links": [
            {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"},
            {"rel": "self", "href": call.url("/v3/")},
        ],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.volume+json;version=3"}],
    }


@VOLUME.get("/", root=True, rule=None, quality="client")
async def root(call: Call) -> Reply:
    """The versions, with 300."""
    return Reply({"versions": [document(call)]}, 300)


@VOLUME.get("/v3", root=True, rule=None, quality="client")
async def version(call: Call) -> dict[str, Any]:
    """Version 3."""
    return {"versions": [document(call)]}
