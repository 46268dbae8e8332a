"""Keystone's version documents."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call, Reply
from emulators.openstack.identity.service import IDENTITY


def _version(call: Call) -> dict[str, Any]:
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": call.url("/v3/")}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    }


@IDENTITY.get("/", rule=None, root=True)
async def versions(call: Call) -> Reply:
    """Every version: one."""
    return Reply({"versions": {"values": [_version(call)]}}, 300, {"Location": call.url("/v3/")})


@IDENTITY.get("/v3", rule=None, root=True)
async def version(call: Call) -> dict[str, Any]:
    """The version."""
    return {"version": _version(call)}
