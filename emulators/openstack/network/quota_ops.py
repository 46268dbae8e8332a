"""The quota operations."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.network import quotas
from emulators.openstack.network.attributes import member_of
from emulators.openstack.network.collections import Row
from emulators.openstack.network.faults import forbidden, malformed, not_found, unfit
from emulators.openstack.network.records import NeutronQuota
from emulators.openstack.network.service import NETWORK
from emulators.openstack.network.values import Unfit, integer
from emulators.world.decide import Decision

LARGEST: Final = 2_147_483_647


@NETWORK.get("/quotas", rule=admin)
async def list_quotas(call: Call) -> Row:
    """The projects that have limits of their own."""
    rows = [
        {**quotas.limits(call.state, one.project), "tenant_id": one.project, "project_id": one.project}
        for one in call.state.all(NeutronQuota)
    ]
    wanted = call.query.get("project_id", call.query.get("tenant_id", ()))
    return {"quotas": [row for row in rows if not wanted or row["project_id"] in wanted]}


def _project(call: Call) -> str:
    """The project that is asked about; raises Fault 403 for somebody else's."""
    project = call.path["project"]
    if project != call.project and not call.credentials.admin:
        raise forbidden("get_quota")
    return project


@NETWORK.get("/quotas/tenant")
@NETWORK.get("/quotas/project")
async def show_own(call: Call) -> Row:
    """The project that the caller works in."""
    return {"tenant": {"tenant_id": call.project, "project_id": call.project}}


@NETWORK.get("/quotas/{project}")
async def show_quota(call: Call) -> Row:
    """A project's limits."""
    return {"quota": quotas.limits(call.state, _project(call))}


@NETWORK.get("/quotas/{project}/default")
async def show_default(call: Call) -> Row:
    """The limits of projects without their own."""
    _project(call)
    return {"quota": dict(quotas.DEFAULTS)}


@NETWORK.get("/quotas/{project}/details")
@NETWORK.get("/quotas/{project}/details.json")
async def show_details(call: Call) -> Row:
    """A project's limits and what of them is used."""
    project = _project(call)
    limits = quotas.limits(call.state, project)
    return {
        "quota": {name: {"limit": limit, "used": quotas.used(call.state, project, name), "reserved": 0} for name, limit in limits.items()}
    }


@NETWORK.put("/quotas/{project}", rule=admin)
async def update_quota(call: Call) -> Row:
    """Give a project limits of its own."""
    wanted = _wanted(member_of(call.body, "quota"))
    force = wanted.pop("force", False)
    await call.ask(set_quota, project=call.path["project"], wanted=wanted, check=bool(wanted.pop("check_limit", False)) and not force)
    return {"quota": quotas.limits(call.state, call.path["project"])}


def _wanted(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in content.items():
        if name in {"force", "check_limit"}:
            found[name] = value is True or str(value).lower() == "true"
        elif name in quotas.DEFAULTS:
            found[name] = _limit(name, value)
        elif name not in {"tenant_id", "project_id"}:
            raise malformed(f"Unrecognized attribute(s) '{name}'")
    return found


def _limit(name: str, value: Any) -> int:
    try:
        limit = integer(value)
    except Unfit as error:
        raise unfit(name, error) from error
    if not -1 <= limit <= LARGEST:
        raise unfit(name, f"'{value}' is not in the range of -1 to {LARGEST}")
    return limit


@ask
def set_quota(decision: Decision, *, project: str, wanted: dict[str, int], check: bool) -> None:
    """Set limits; with ``check`` none below what is used."""
    for name, limit in wanted.items():
        if check and 0 <= limit < quotas.used(decision.state, project, name):
            raise malformed(f"Quota limit {limit} of {name} is less than what is used")
    quotas.set_limits(decision, project, wanted)


@NETWORK.delete("/quotas/{project}", rule=admin)
async def delete_quota(call: Call) -> None:
    """Take a project's own limits away."""
    await call.ask(reset_quota, project=call.path["project"])


@ask
def reset_quota(decision: Decision, *, project: str) -> None:
    """Back to the defaults; raises Fault 404 when they hold already."""
    if not quotas.reset(decision, project):
        raise not_found("TenantQuota", f"Quota for project {project} could not be found.")
