"""Quota sets, quota classes and limits."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import closed
from emulators.openstack.volume import events, limits
from emulators.openstack.volume.listing import flag
from emulators.openstack.volume.parameters import MAX_INT
from emulators.openstack.volume.records import CinderQuota
from emulators.openstack.volume.service import VOLUME
from emulators.world.decide import Decision

_VALUE: Final = {"type": ["integer", "string"], "pattern": r"^-?[0-9]{1,10}$", "minimum": -1, "maximum": MAX_INT}
_FIELDS: Final = {"type": "object", "additionalProperties": _VALUE, "properties": {"tenant_id": {"type": "string"}}}
_SET: Final = closed({"quota_set": {**_FIELDS, "minProperties": 1}}, "quota_set")
_CLASS: Final = closed({"quota_class_set": _FIELDS}, "quota_class_set")


def _require_own(call: Call, project: str) -> None:
    if not call.credentials.admin and project != call.project:
        raise Fault(403, "Policy doesn't allow volume_extension:quotas:show to be performed.")


@VOLUME.get("/os-quota-sets/{project}")
async def show_quota(call: Call) -> dict[str, Any]:
    """A project's limits; with ``usage=True`` what it uses, too."""
    project = call.path["project"]
    _require_own(call, project)
    allowed: dict[str, Any] = dict(limits.limits(call.state, project))
    if flag(call, "usage"):
        used = limits.usage(call.state, project)
        allowed = {name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0} for name, limit in allowed.items()}
    return {"quota_set": {"id": project, **allowed}}


@VOLUME.get("/os-quota-sets/{project}/defaults")
async def show_defaults(call: Call) -> dict[str, Any]:
    """The limits of a project that has none of its own."""
    _require_own(call, call.path["project"])
    return {"quota_set": {"id": call.path["project"], **limits.default_limits(call.state)}}


@VOLUME.put("/os-quota-sets/{project}", body=_SET, rule=admin)
async def update_quota(call: Call) -> dict[str, Any]:
    """Set a project's limits."""
    values = _values(call, call.body["quota_set"])
    await call.ask(decide_limits, name=call.path["project"], values=values)
    return {"quota_set": limits.limits(call.state, call.path["project"])}


@VOLUME.delete("/os-quota-sets/{project}", rule=admin, status=200)
async def delete_quota(call: Call) -> Reply:
    """Let the defaults hold for a project again."""
    await call.ask(decide_limits, name=call.path["project"], values=None)
    return Reply(status=200)


@VOLUME.get("/os-quota-class-sets/{class_name}", rule=admin)
async def show_class(call: Call) -> dict[str, Any]:
    """The limits of a class; ``default`` is the only one that anything follows from."""
    return {"quota_class_set": {"id": call.path["class_name"], **limits.default_limits(call.state)}}


@VOLUME.put("/os-quota-class-sets/{class_name}", body=_CLASS, rule=admin)
async def update_class(call: Call) -> dict[str, Any]:
    """Set the limits of a class."""
    name = call.path["class_name"]
    await call.ask(decide_limits, name=f"class:{name}", values=_values(call, call.body["quota_class_set"]))
    return {"quota_class_set": limits.default_limits(call.state)}


def _values(call: Call, body: dict[str, Any]) -> dict[str, int]:
    given = {name: int(value) for name, value in body.items() if name not in {"tenant_id", "skip_validation", "force"}}
    unknown = sorted(set(given) - set(limits.resources(call.state)))
    if unknown:
        raise Fault(400, f"Bad key(s) in quota set: {', '.join(unknown)}")
    wrong = sorted(name for name, value in given.items() if not -1 <= value <= MAX_INT)
    if wrong:
        raise Fault(400, f"{wrong[0]} must be between -1 and {MAX_INT}")
    return given


@ask
def decide_limits(d: Decision, *, name: str, values: dict[str, int] | None) -> None:
    """They hold; None: those of their own are gone."""
    found = d.state.one(CinderQuota, "name", name)
    if values is None:
        if found is not None:
            d.delete(events.QUOTA_REMOVED, found)
    elif found is None:
        d.create(events.QUOTA_SET, CinderQuota, name=name, limits=values)
    else:
        d.update(events.QUOTA_SET, found, limits=found.limits | values)


@VOLUME.get("/limits")
async def show_limits(call: Call) -> dict[str, Any]:
    """What the caller's project may use and uses; administrators may name another one (3.39)."""
    project = call.project
    if call.credentials.admin and call.since("3.39"):
        project = call.first("project_id") or call.first("tenant_id") or project
    allowed, used = limits.limits(call.state, project), limits.usage(call.state, project)
    absolute = {
        "maxTotalVolumes": allowed["volumes"],
        "maxTotalSnapshots": allowed["snapshots"],
        "maxTotalVolumeGigabytes": allowed["gigabytes"],
        "maxTotalBackups": allowed["backups"],
        "maxTotalBackupGigabytes": allowed["backup_gigabytes"],
        "totalVolumesUsed": used["volumes"],
        "totalSnapshotsUsed": used["snapshots"],
        "totalGigabytesUsed": used["gigabytes"],
        "totalBackupsUsed": used["backups"],
        "totalBackupGigabytesUsed": used["backup_gigabytes"],
    }
    return {"limits": {"rate": [], "absolute": absolute}}
