"""The version documents."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call, Reply
from emulators.openstack.image.service import IMAGE

NEWEST = 17
ABSENT = frozenset({14, 16})
"""Versions that mean an image cache, which is not offered."""


def documents(call: Call) -> list[dict[str, Any]]:
    """Every 2.x, the newest first; all at the same address."""
    links = [{"rel": "self", "href": call.url("/v2/")}]
    minors = [minor for minor in range(NEWEST, -1, -1) if minor not in ABSENT]
    return [{"id": f"v2.{minor}", "status": "CURRENT" if minor == NEWEST else "SUPPORTED", "links": links} for minor in minors]


@IMAGE.get("/", root=True, rule=None, quality="client")
async def root(call: Call) -> Reply:
    """The versions, with 300 as there are several."""
    return Reply({"versions": documents(call)}, 300)


@IMAGE.get("/versions", root=True, rule=None)
async def versions(call: Call) -> dict[str, Any]:
    """The versions."""
    return {"versions": documents(call)}
