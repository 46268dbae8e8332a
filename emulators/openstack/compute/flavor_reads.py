"""Flavors: lists, with filters, order and pages, and one by its id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from emulators.openstack.call import Call, Reply
from emulators.openstack.compute.flavor_views import brief, detailed, pages
from emulators.openstack.compute.flavors import Flavor, find_flavor
from emulators.openstack.compute.paging import listing, page
from emulators.openstack.compute.parameters import PAGING, TEXTS, query, words
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault
from emulators.openstack.pages import in_order

_SORTS: Final[dict[str, Callable[[Flavor], Any]]] = {
    "created_at": lambda flavor: flavor.created,
    "description": lambda flavor: flavor.description,
    "disabled": lambda flavor: flavor.disabled,
    "ephemeral_gb": lambda flavor: flavor.ephemeral,
    "flavorid": lambda flavor: flavor.uid,
    "id": lambda flavor: flavor.number,
    "is_public": lambda flavor: flavor.public,
    "memory_mb": lambda flavor: flavor.ram,
    "name": lambda flavor: flavor.name,
    "root_gb": lambda flavor: flavor.disk,
    "rxtx_factor": lambda flavor: flavor.rxtx_factor,
    "swap": lambda flavor: flavor.swap,
    "updated_at": lambda flavor: flavor.version,
    "vcpu_weight": lambda flavor: 0,
    "vcpus": lambda flavor: flavor.vcpus,
}
_LIST: Final = query(**PAGING, is_public=TEXTS, minRam=TEXTS, minDisk=TEXTS, sort_key=words(*_SORTS), sort_dir=words("asc", "desc"))
_TRUE: Final = frozenset({"1", "t", "true", "on", "y", "yes"})
_FALSE: Final = frozenset({"0", "f", "false", "off", "n", "no"})


@COMPUTE.get("/flavors", rule=anyone, query=_LIST, quality="client")
async def index(call: Call) -> Reply:
    """Flavors by name."""
    return _answer(call, "/flavors", brief)


@COMPUTE.get("/flavors/detail", rule=anyone, query=_LIST, quality="client")
async def detail(call: Call) -> Reply:
    """Flavors with all they have."""
    return _answer(call, "/flavors/detail", detailed)


@COMPUTE.get("/flavors/{flavor_id}", rule=anyone, quality="client")
async def show(call: Call) -> Reply:
    """One flavor."""
    flavor = find_flavor(call.state, call.credentials, call.path["flavor_id"])
    return pages(call).answer(call, lambda: {"flavor": detailed(call, flavor)})


def _answer(call: Call, path: str, view: Callable[[Call, Flavor], dict[str, Any]]) -> Reply:
    return pages(call).answer(call, lambda: _list(call, path, view))


def _list(call: Call, path: str, view: Callable[[Call, Flavor], dict[str, Any]]) -> dict[str, Any]:
    found = [flavor for flavor in call.state.all(Flavor) if _wanted(call, flavor)]
    descends = call.first("sort_dir") == "desc"
    ordered = in_order(found, [(_SORTS[call.first("sort_key") or "flavorid"], descends), (_SORTS["id"], descends)])
    shown = page(call, ordered, _id)
    return listing(call, "flavors", path, shown, _id, lambda flavor: view(call, flavor))


def _id(flavor: Flavor) -> str:
    return flavor.uid


def _wanted(call: Call, flavor: Flavor) -> bool:
    if flavor.ram < _least(call, "minRam") or flavor.disk < _least(call, "minDisk"):
        return False
    public = _public(call) if call.credentials.admin else True
    if public is None:
        return True
    return flavor.public is public or (public and call.project in flavor.projects)


def _least(call: Call, name: str) -> int:
    text = call.first(name, "0")
    try:
        return int(text)
    except ValueError as error:
        raise Fault(400, f"Invalid {name} filter [{text}]") from error


def _public(call: Call) -> bool | None:
    """Which flavors an administrator wants: public ones unless they say otherwise; None: all."""
    text = call.first("is_public", "true").lower()
    if text == "none":
        return None
    if text not in _TRUE | _FALSE:
        raise Fault(400, f"Invalid is_public filter [{call.first('is_public')}]")
    return text in _TRUE
