"""The extensions of the first API, all of which have long been part of it; ``extensions.txt`` has alias, name and description of each."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault

_COMMON: Final = {"links": [], "namespace": "http://docs.openstack.org/compute/ext/fake_xml", "updated": "2014-12-03T00:00:00Z"}


@cache
def _extensions() -> tuple[dict[str, Any], ...]:
    text = resources.files("emulators.openstack.compute").joinpath("extensions.txt").read_text("utf-8")
    rows = [line.split("|", 2) for line in text.splitlines()]
    return tuple({"alias": alias, "name": name, "description": description, **_COMMON} for alias, name, description in rows)


@COMPUTE.get("/extensions", rule=anyone, quality="checked")
async def list_extensions(call: Call) -> dict[str, Any]:
    """All of them."""
    return {"extensions": list(_extensions())}


@COMPUTE.get("/extensions/{alias}", rule=anyone, quality="checked")
async def show_extension(call: Call) -> dict[str, Any]:
    """One."""
    found = next((one for one in _extensions() if one["alias"] == call.path["alias"]), None)
    if found is None:
        raise Fault(404, "The resource could not be found.")
    return {"extension": found}
