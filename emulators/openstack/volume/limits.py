"""Quotas of volumes, snapshots, backups and groups: what holds for a project, what it uses, and the refusals beyond it.

Usage is counted from the records themselves, so that it cannot drift; the sentences are Cinder's own.
"""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import Fault
from emulators.openstack.volume.records import CinderBackup, CinderGroup, CinderQuota, CinderSnapshot, CinderType, CinderVolume
from emulators.world.decide import Decision
from emulators.world.state import WorldState

DEFAULTS: Final = {
    "per_volume_gigabytes": -1,
    "volumes": 10,
    "gigabytes": 1000,
    "snapshots": 10,
    "backups": 10,
    "backup_gigabytes": 1000,
    "groups": 10,
}
CLASS: Final = "class:default"
_PER_TYPE: Final = ("volumes", "gigabytes", "snapshots")


def resources(state: WorldState) -> list[str]:
    """Every name that has a limit: the fixed ones, and three for each volume type."""
    return [*DEFAULTS, *(f"{one}_{type_.name}" for type_ in state.all(CinderType) for one in _PER_TYPE)]


def default_limits(state: WorldState) -> dict[str, int]:
    """The limits of a project that has none of its own."""
    own = state.one(CinderQuota, "name", CLASS)
    given = own.limits if own else {}
    return {name: given.get(name, DEFAULTS.get(name, -1)) for name in resources(state)}


def limits(state: WorldState, project: str) -> dict[str, int]:
    """The limits of a project."""
    own = state.one(CinderQuota, "name", project)
    return default_limits(state) | (own.limits if own else {})


def usage(state: WorldState, project: str) -> dict[str, int]:
    """What a project uses of each limited resource."""
    used = dict.fromkeys(resources(state), 0)
    names = {type_.uid: type_.name for type_ in state.all(CinderType)}
    for volume in state.where(CinderVolume, "project", project):
        _add(used, names.get(volume.type, ""), "volumes", volume.size)
    for snapshot in state.where(CinderSnapshot, "project", project):
        _add(used, names.get(snapshot.type, ""), "snapshots", snapshot.size)
    backups = state.where(CinderBackup, "project", project)
    used |= {"backups": len(backups), "backup_gigabytes": sum(one.size for one in backups)}
    used["groups"] = state.count(CinderGroup, "project", project)
    return used


def _add(used: dict[str, int], type_name: str, what: str, gib: int) -> None:
    used[what] += 1
    used["gigabytes"] += gib
    if type_name:
        used[f"{what}_{type_name}"] += 1
        used[f"gigabytes_{type_name}"] += gib


def over(message: str) -> Fault:
    """Cinder's refusal beyond a quota."""
    return Fault(413, message, headers={"Retry-After": "0"})


def require(d: Decision, project: str, *, what: str, gib: int, type_name: str = "", count: int = 1) -> None:
    """Raise Fault 413 when ``count`` more of ``what`` (volumes, snapshots) with ``gib`` in all would exceed a limit of the project."""
    allowed, used = limits(d.state, project), usage(d.state, project)
    one = allowed["per_volume_gigabytes"]
    if what == "volumes" and 0 <= one < gib:
        raise over(f"VolumeSizeExceedsLimit: Requested volume size {gib}G is larger than maximum allowed limit {one}G.")
    for name in ("gigabytes", *([f"gigabytes_{type_name}"] if type_name else [])):
        if _exceeds(allowed.get(name, -1), used.get(name, 0), gib):
            raise over(
                f"VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed {name} quota. Requested {gib}G, "
                f"quota is {allowed[name]}G and {used[name]}G has been consumed."
            )
    for name in (what, *([f"{what}_{type_name}"] if type_name else [])):
        if _exceeds(allowed.get(name, -1), used.get(name, 0), count):
            raise over(_too_many(what, name, allowed[name]))


def require_backup(d: Decision, project: str, gib: int) -> None:
    """Raise Fault 413 when one more backup would exceed a limit of the project."""
    allowed, used = limits(d.state, project), usage(d.state, project)
    if _exceeds(allowed["backup_gigabytes"], used["backup_gigabytes"], gib):
        raise over(
            f"VolumeBackupSizeExceedsAvailableQuota: Requested backup exceeds allowed Backup gigabytes quota. Requested {gib}G, "
            f"quota is {allowed['backup_gigabytes']}G and {used['backup_gigabytes']}G has been consumed."
        )
    if _exceeds(allowed["backups"], used["backups"], 1):
        raise over(_too_many("backups", "backups", allowed["backups"]))


def require_group(d: Decision, project: str) -> None:
    """Raise Fault 413 when one more group would exceed the project's limit."""
    allowed = limits(d.state, project)["groups"]
    if _exceeds(allowed, d.state.count(CinderGroup, "project", project), 1):
        raise over(_too_many("groups", "groups", allowed))


def _exceeds(limit: int, used: int, more: int) -> bool:
    return limit >= 0 and more > 0 and used + more > limit


def _too_many(what: str, name: str, allowed: int) -> str:
    if what == "volumes":
        return f"VolumeLimitExceeded: Maximum number of volumes allowed ({allowed}) exceeded for quota '{name}'."
    return f"{what.capitalize()[:-1]}LimitExceeded: Maximum number of {what} allowed ({allowed}) exceeded"
