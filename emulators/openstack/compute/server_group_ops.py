"""Server groups: listed, shown, made, deleted."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.paging import MAX_LIMIT, limit_of
from emulators.openstack.compute.parameters import COUNTS, TEXTS, query, whole
from emulators.openstack.compute.server_groups import ServerGroup, create_group, delete_group, group_named, members
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import member
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import NAME, POSITIVE, Schema, closed, wrapped
from emulators.openstack.service import Versioned

_HARD: Final = ("anti-affinity", "affinity")
_ALL: Final = (*_HARD, "soft-anti-affinity", "soft-affinity")
_LIST: Final = query(all_projects=TEXTS, limit=COUNTS, offset=COUNTS)


def _old(*policies: str) -> Schema:
    listed = {"type": "array", "items": {"type": "string", "enum": list(policies)}, "minItems": 1, "maxItems": 1}
    return wrapped("server_group", {"name": NAME, "policies": listed}, "name", "policies")


_CREATE: Final = Versioned(
    {
        "2.1-2.14": _old(*_HARD),
        "2.15-2.63": _old(*_ALL),
        "2.64-": wrapped(
            "server_group",
            {"name": NAME, "policy": {"type": "string", "enum": list(_ALL)}, "rules": closed({"max_server_per_host": POSITIVE})},
            "name",
            "policy",
        ),
    }
)


@COMPUTE.get("/os-server-groups", query=_LIST, quality="faults")
async def list_groups(call: Call) -> dict[str, Any]:
    """A project's; every project's for administrators who ask for them."""
    everywhere = "all_projects" in call.query and call.credentials.admin
    groups = call.state.all(ServerGroup) if everywhere else call.state.where(ServerGroup, "project", call.project)
    start = whole(call.first("offset", "0") or "0", "offset")
    return {"server_groups": [_view(call, group) for group in groups[start : start + (limit_of(call) or MAX_LIMIT)]]}


@COMPUTE.get("/os-server-groups/{group_id}", quality="faults")
async def show_group(call: Call) -> dict[str, Any]:
    """One."""
    return {"server_group": _view(call, _own(call, "show"))}


@COMPUTE.post("/os-server-groups", rule=member, body=_CREATE, quality="faults")
async def create(call: Call) -> dict[str, Any]:
    """A new one."""
    wanted = call.body["server_group"]
    policy = wanted["policy"] if call.since("2.64") else wanted["policies"][0]
    rules = {name: whole(value, name, 1) for name, value in wanted.get("rules", {}).items()}
    if rules and policy != "anti-affinity":
        raise Fault(400, "Only anti-affinity policy supports rules.")
    owner = {"project": call.project, "user": call.credentials.user}
    return {"server_group": _view(call, await call.ask(create_group, name=wanted["name"], policy=policy, rules=rules, **owner))}


@COMPUTE.delete("/os-server-groups/{group_id}", rule=member, quality="faults")
async def delete(call: Call) -> None:
    """It goes; its servers stay."""
    await call.ask(delete_group, uid=_own(call, "delete").uid)


def _own(call: Call, verb: str) -> ServerGroup:
    group = group_named(call.state, call.path["group_id"])
    if group.project != call.project and not call.credentials.admin:
        raise Fault(403, f"Policy doesn't allow os_compute_api:os-server-groups:{verb} to be performed.")
    return group


def _view(call: Call, group: ServerGroup) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": group.uid, "name": group.name}
    if call.since("2.64"):
        shown |= {"policy": group.policy, "rules": group.rules}
    else:
        shown |= {"policies": [group.policy], "metadata": {}}
    shown["members"] = [server.uid for server in members(call.state, group)]
    return shown | {"project_id": group.project, "user_id": group.user} if call.since("2.13") else shown
