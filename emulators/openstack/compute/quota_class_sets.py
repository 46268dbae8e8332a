"""Quotas of classes; the class ``default`` is what every project has."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.parameters import whole
from emulators.openstack.compute.quota_views import GROUPS, body, hidden, shown
from emulators.openstack.compute.quotas import class_limits, set_class
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault

_CLASS: Final = "/os-quota-class-sets/{name}"
_LONGEST: Final = 255


@COMPUTE.get(_CLASS, rule=admin, quality="faults")
async def show_class(call: Call) -> dict[str, Any]:
    """The limits of a class; one that nobody has set has the default ones."""
    return {"quota_class_set": {"id": call.path["name"], **_limits(call)}}


@COMPUTE.put(_CLASS, rule=admin, body=body("quota_class_set", gone="2.50"), quality="faults")
async def update_class(call: Call) -> dict[str, Any]:
    """Set some."""
    if len(call.path["name"]) > _LONGEST:
        raise Fault(400, f"Invalid input received: quota_class_name has {len(call.path['name'])} characters, more than {_LONGEST}.")
    wanted = call.body["quota_class_set"]
    limits = {name: -1 if str(value).startswith("-") else whole(value, name) for name, value in wanted.items()}
    await call.ask(set_class, name=call.path["name"], limits=limits)
    return {"quota_class_set": _limits(call)}


def _limits(call: Call) -> dict[str, int]:
    without = hidden(call, "2.50") | (frozenset() if call.since("2.50") else GROUPS)
    return shown(class_limits(call.state, call.path["name"]), without)
