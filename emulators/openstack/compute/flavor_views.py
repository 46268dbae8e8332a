"""Flavors as answers show them, and whole lists as bytes: they change seldom and are read at every turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from emulators.openstack.call import Call, Reply
from emulators.openstack.compute.flavors import Flavor
from emulators.openstack.compute.paging import links
from emulators.world.engine import Committed, World
from emulators.world.state import ANY

_KEPT: Final = 512
"""So many different answers are kept."""
_JSON: Final = {"Content-Type": "application/json"}
_encode: Final = msgspec.json.Encoder().encode
_STEPS: Final = ("2.55", "2.61", "2.75")
"""The microversions that changed a flavor's look."""


def brief(call: Call, flavor: Flavor) -> dict[str, Any]:
    """A flavor in a short list."""
    shown: dict[str, Any] = {"id": flavor.uid, "name": flavor.name, "links": links(call, "flavors", flavor.uid)}
    return shown | {"description": flavor.description} if call.since("2.55") else shown


def detailed(call: Call, flavor: Flavor) -> dict[str, Any]:
    """A flavor with everything; administrators and members see its extra specs from 2.61 on."""
    shown = {
        **brief(call, flavor),
        "ram": flavor.ram,
        "disk": flavor.disk,
        "swap": flavor.swap or (0 if call.since("2.75") else ""),
        "OS-FLV-EXT-DATA:ephemeral": flavor.ephemeral,
        "OS-FLV-DISABLED:disabled": flavor.disabled,
        "vcpus": flavor.vcpus,
        "os-flavor-access:is_public": flavor.public,
        "rxtx_factor": flavor.rxtx_factor,
    }
    return shown | {"extra_specs": flavor.extra_specs} if call.since("2.61") else shown


class Pages:
    """Answers as bytes, by all that they depend on beside the flavors themselves; any change of a flavor drops them."""

    def __init__(self, world: World) -> None:
        self._kept: dict[tuple[Any, ...], bytes] = {}
        world.watch(self._drop)

    def _drop(self, committed: Committed) -> None:
        if self._kept and not committed.touched.isdisjoint({(Flavor.KIND,), (Flavor.KIND, ANY)}):
            self._kept.clear()

    def answer(self, call: Call, make: Callable[[], dict[str, Any]]) -> Reply:
        """The answer to a call: kept bytes, or what ``make`` makes."""
        look = tuple(call.since(step) for step in _STEPS)
        who = call.credentials
        key = (call.origin, call.request.rel_url.raw_path_qs, look, who.admin, who.project)
        data = self._kept.get(key)
        if data is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            data = self._kept[key] = _encode(make())
        return Reply(data, headers=_JSON)


def pages(call: Call) -> Pages:
    """The cloud's."""
    return call.cloud.part(Pages, call.cloud.world)
