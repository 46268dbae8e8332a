"""Nova's version documents: what is read before a token is there."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.microversions import Microversions

_DOCS: Final = {"rel": "describedby", "type": "text/html", "href": "http://docs.openstack.org/"}
_MEDIA: Final = "application/vnd.openstack.compute+json;version="
_UPDATED: Final = {"v2.0": "2011-01-21T11:33:21Z", "v2.1": "2013-07-23T11:33:21Z"}


def _entry(call: Call, name: str) -> dict[str, Any]:
    """What every document says of a version; v2.0 is v2.1 without microversions, at ``/v2``."""
    current = name == "v2.1"
    held: Microversions | None = COMPUTE.microversions if current else None
    return {
        "id": name,
        "status": "CURRENT" if current else "SUPPORTED",
        "version": str(held.highest) if held else "",
        "min_version": str(held.lowest) if held else "",
        "updated": _UPDATED[name],
        "links": [{"rel": "self", "href": call.url("/v2.1/" if current else "/v2/")}],
    }


def _document(call: Call, name: str) -> dict[str, Any]:
    entry = _entry(call, name)
    media = [{"base": "application/json", "type": f"{_MEDIA}{'2.1' if name == 'v2.1' else '2'}"}]
    return {"version": {**entry, "links": [*entry["links"], _DOCS], "media-types": media}}


@COMPUTE.get("/", root=True, rule=None, quality="checked")
async def index(call: Call) -> dict[str, Any]:
    """Every version."""
    return {"versions": [_entry(call, name) for name in ("v2.0", "v2.1")]}


@COMPUTE.get("/v2.1", root=True, rule=None, quality="checked")
async def show(call: Call) -> dict[str, Any]:
    """The version that all operations are of."""
    return _document(call, "v2.1")


@COMPUTE.get("/versions/{name}", rule=anyone, quality="checked")
async def show_named(call: Call) -> dict[str, Any]:
    """Either, by its id."""
    if call.path["name"] not in _UPDATED:
        raise Fault(404, "The resource could not be found.")
    return _document(call, call.path["name"])


@COMPUTE.get("/v2", root=True, rule=None, quality="checked")
async def show_legacy(call: Call) -> dict[str, Any]:
    """The version that old clients ask for."""
    return _document(call, "v2.0")
