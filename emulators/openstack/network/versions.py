"""What a client reads first: versions, resources, extensions."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.network.collections import Row
from emulators.openstack.network.extensions import EXTENSIONS, Extension
from emulators.openstack.network.service import NETWORK

RESOURCES: Final = {
    "subnet": "subnets",
    "network": "networks",
    "port": "ports",
    "subnetpool": "subnetpools",
}


def _version(call: Call) -> Row:
    return {"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": call.url("/v2.0/")}]}


@NETWORK.get("/", root=True, rule=None)
async def list_versions(call: Call) -> Row:
    """The versions of the API: one."""
    return {"versions": [_version(call)]}


@NETWORK.get("/", rule=None)
async def show_version(call: Call) -> Row:
    """The resources that are no extensions."""
    rows = [
        {"links": [{"rel": "self", "href": call.link(f"/{collection}")}], "name": name, "collection": collection}
        for name, collection in RESOURCES.items()
    ]
    return {"resources": rows}


def _extension(extension: Extension) -> dict[str, Any]:
    return {
        "alias": extension.alias,
        "name": extension.name,
        "description": extension.description,
        "updated": extension.updated,
        "links": [],
    }


@NETWORK.get("/extensions")
async def list_extensions(_: Call) -> Row:
    """Every extension that is there."""
    return {"extensions": [_extension(one) for one in EXTENSIONS.values()]}


@NETWORK.get("/extensions/{alias}")
async def show_extension(call: Call) -> Row:
    """One extension."""
    found = EXTENSIONS.get(call.path["alias"])
    if found is None:
        raise Fault(404, f"Extension with alias {call.path['alias']} does not exist", type="HTTPNotFound")
    return {"extension": _extension(found)}
