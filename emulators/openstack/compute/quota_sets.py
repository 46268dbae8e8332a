"""Quotas of projects, and of users in them: read, set, back to the default ones."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.keypairs import Keypair
from emulators.openstack.compute.parameters import TEXTS, query, whole
from emulators.openstack.compute.projects import require_project
from emulators.openstack.compute.quota_views import body, hidden, shown
from emulators.openstack.compute.quotas import class_limits, limits_of, set_quota, unset_quota
from emulators.openstack.compute.server_groups import count_groups
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.compute.usage import used_by
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import truth

_SET: Final = "/os-quota-sets/{project}"
_OF_USER: Final = query(user_id=TEXTS)
_UPDATE: Final = body("quota_set", gone="2.36", force=True)


@COMPUTE.get(_SET, query=_OF_USER, quality="client")
async def show_quotas(call: Call) -> dict[str, Any]:
    """What a project may use."""
    project = _project(call, "show")
    return {"quota_set": {"id": project, **shown(limits_of(call.state, project, call.first("user_id")), hidden(call))}}


@COMPUTE.get("/os-quota-sets/{project}/defaults", quality="client")
async def show_defaults(call: Call) -> dict[str, Any]:
    """What a project may use when nobody has said otherwise."""
    require_project(call.state, call.path["project"])
    return {"quota_set": {"id": call.path["project"], **shown(class_limits(call.state), hidden(call))}}


@COMPUTE.get("/os-quota-sets/{project}/detail", query=_OF_USER, quality="faults")
async def show_detail(call: Call) -> dict[str, Any]:
    """What a project may use, and does."""
    project = _project(call, "detail")
    return {"quota_set": {"id": project, **shown(usages(call, project, call.first("user_id")), hidden(call))}}


@COMPUTE.put(_SET, rule=admin, query=_OF_USER, body=_UPDATE, quality="faults")
async def update_quotas(call: Call) -> dict[str, Any]:
    """Set some; none below what is used, unless it is forced."""
    project, user = _project(call, "update"), call.first("user_id")
    wanted = dict(call.body["quota_set"])
    forced = truth(wanted.pop("force", False))
    limits = {name: _limit(value, name) for name, value in wanted.items()}
    if not forced:
        _require_room(call, limits, project, user)
    await call.ask(set_quota, project=project, user=user, limits=limits)
    return {"quota_set": shown(limits_of(call.state, project, user), hidden(call))}


@COMPUTE.delete(_SET, rule=admin, query=_OF_USER, status=202, quality="faults")
async def delete_quotas(call: Call) -> None:
    """The default ones hold again."""
    await call.ask(unset_quota, project=call.path["project"], user=call.first("user_id"))


def usages(call: Call, project: str, user: str = "") -> dict[str, dict[str, int]]:
    """Limit and use of every quota of a project; key pairs are not counted there, as in nova."""
    counted = {**used_by(call.state, project), "server_groups": count_groups(call.state, project)}
    if user:
        counted["key_pairs"] = call.state.count(Keypair, "user", user)
    limits = limits_of(call.state, project, user)
    return {name: {"limit": limit, "in_use": counted.get(name, 0), "reserved": 0} for name, limit in limits.items()}


def _project(call: Call, verb: str) -> str:
    """The project that is meant: anybody's own, any for administrators."""
    project = call.path["project"]
    if project != call.project and not call.credentials.admin:
        raise Fault(403, f"Policy doesn't allow os_compute_api:os-quota-sets:{verb} to be performed.")
    require_project(call.state, project)
    return project


def _limit(value: int | str, name: str) -> int:
    return -1 if str(value).startswith("-") and str(value).strip("-0") == "1" else whole(value, name)


def _require_room(call: Call, limits: dict[str, int], project: str, user: str) -> None:
    used, of_project = usages(call, project, user), limits_of(call.state, project)
    for name, limit in limits.items():
        in_use, most = used[name]["in_use"], of_project[name]
        if 0 <= limit < in_use:
            raise Fault(400, f"Quota limit {limit} for {name} must be greater than or equal to already used and reserved {in_use}.")
        if user and most >= 0 and (limit < 0 or limit > most):
            raise Fault(400, f"Quota limit {limit} for {name} must be less than or equal to {most}.")
