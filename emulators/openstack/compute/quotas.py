"""Quotas: what a project (and a user in it) may use at most, what it uses, and the refusals when it wants more.

What is used is counted, never kept: servers of the project, key pairs of the user, server groups.
"""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from emulators.openstack.asks import ask
from emulators.openstack.compute.usage import used_by
from emulators.openstack.faults import Fault
from emulators.world.decide import Decision
from emulators.world.decisions.records import Record
from emulators.world.events import declare
from emulators.world.model.base import kind
from emulators.world.state import WorldState

QUOTA_SET = declare("dcsim.compute.quota.changed", "A project's or class's quotas were set")
QUOTA_UNSET = declare("dcsim.compute.quota.deleted", "A project's quotas are the default ones again")

DEFAULTS: Final[dict[str, int]] = {
    "instances": 10,
    "cores": 20,
    "ram": 50 * 1024,
    "metadata_items": 128,
    "injected_files": 5,
    "injected_file_content_bytes": 10 * 1024,
    "injected_file_path_bytes": 255,
    "key_pairs": 100,
    "server_groups": 10,
    "server_group_members": 10,
    "fixed_ips": -1,
    "floating_ips": -1,
    "security_groups": -1,
    "security_group_rules": -1,
}
"""Nova's own defaults; those of the network are Neutron's matter, and have no limit here."""
DEFAULT_CLASS: Final = "default"
SENTENCES: Final = {
    "key_pairs": "Quota exceeded, too many key pairs.",
    "server_groups": "Quota exceeded, too many server groups.",
    "server_group_members": "Quota exceeded, too many servers in group",
}


@kind
class Quota(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Limits of a project, or of one user in it, where they are not the default ones; -1: none."""

    KIND: ClassVar[str] = "nova_quota"
    INDEXED: ClassVar[tuple[str, ...]] = ("project",)

    project: str
    user: str = ""
    limits: dict[str, int] = msgspec.field(default_factory=dict)


@kind
class QuotaClass(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Limits of a class; those of the class ``default`` hold for every project without its own."""

    KIND: ClassVar[str] = "nova_quota_class"

    limits: dict[str, int] = msgspec.field(default_factory=dict)


def _uid(project: str, user: str = "") -> str:
    return f"nova-quota-{project}-{user}" if user else f"nova-quota-{project}"


def class_limits(state: WorldState, name: str = DEFAULT_CLASS) -> dict[str, int]:
    """The limits of a class."""
    record = state.maybe(QuotaClass, f"nova-quota-class-{name}")
    return {**DEFAULTS, **(record.limits if record else {})}


def limits_of(state: WorldState, project: str, user: str = "") -> dict[str, int]:
    """The limits of a project; with ``user``, of that user in it."""
    limits = class_limits(state)
    for uid in (_uid(project), _uid(project, user) if user else ""):
        record = state.maybe(Quota, uid) if uid else None
        limits.update(record.limits if record else {})
    return limits


def require(decision: Decision, project: str, *, user: str = "", **wanted: int) -> None:
    """Raise Fault 403, in nova's words, when a project would have more than it may of ``instances``, ``cores`` or ``ram`` (MiB)."""
    limits, used = limits_of(decision.state, project, user), used_by(decision.state, project)
    over = sorted(name for name, count in wanted.items() if 0 <= limits[name] < used.get(name, 0) + count and count > 0)
    if not over:
        return
    names = ", ".join(over)
    asked, taken = ", ".join(str(wanted[name]) for name in over), ", ".join(str(used.get(name, 0)) for name in over)
    allowed = ", ".join(str(limits[name]) for name in over)
    raise Fault(403, f"Quota exceeded for {names}: Requested {asked}, but already used {taken} of {allowed} {names}")


def headroom(state: WorldState, project: str, user: str = "") -> dict[str, int]:
    """How much more of ``instances``, ``cores`` and ``ram`` a project may have; -1: as much as it wants."""
    limits, used = limits_of(state, project, user), used_by(state, project)
    return {name: -1 if limits[name] < 0 else max(limits[name] - used.get(name, 0), 0) for name in ("instances", "cores", "ram")}


def require_count(state: WorldState, project: str, name: str, *, used: int, wanted: int = 1) -> None:
    """Raise Fault 403 when ``used`` and ``wanted`` together are more than the limit of a name in `SENTENCES`."""
    limit = limits_of(state, project)[name]
    if 0 <= limit < used + wanted:
        raise Fault(403, SENTENCES[name])


def require_metadata(state: WorldState, project: str, items: int) -> None:
    """Raise Fault 403 when a server would have too many metadata items."""
    limit = limits_of(state, project)["metadata_items"]
    if 0 <= limit < items:
        raise Fault(403, f"Maximum number of metadata items exceeds {limit}")


@ask
def set_quota(decision: Decision, *, project: str, user: str, limits: dict[str, int]) -> None:
    """Set limits of a project, or of a user in it."""
    uid = _uid(project, user)
    record = decision.state.maybe(Quota, uid)
    if record is None:
        decision.create(QUOTA_SET, Quota, uid=uid, name=project, project=project, user=user, limits=limits)
    else:
        decision.update(QUOTA_SET, record, limits={**record.limits, **limits})


@ask
def unset_quota(decision: Decision, *, project: str, user: str) -> None:
    """The default limits hold again, of the whole project when no user is named."""
    for record in decision.state.where(Quota, "project", project):
        if not user or record.user == user:
            decision.delete(QUOTA_UNSET, record)


@ask
def set_class(decision: Decision, *, name: str, limits: dict[str, int]) -> None:
    """Set limits of a class."""
    uid = f"nova-quota-class-{name}"
    record = decision.state.maybe(QuotaClass, uid)
    if record is None:
        decision.create(QUOTA_SET, QuotaClass, uid=uid, name=name, limits=limits)
    else:
        decision.update(QUOTA_SET, record, limits={**record.limits, **limits})
