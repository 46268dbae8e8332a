"""Lists of servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from emulators.openstack.call import Call, Reply
from emulators.openstack.compute.paging import limit_of
from emulators.openstack.compute.servers import filters, fragments
from emulators.openstack.compute.servers.lookup import server_of
from emulators.openstack.compute.servers.query import IGNORED_SORT_KEYS, LIST
from emulators.openstack.compute.servers.records import DeletedServer, NovaServer
from emulators.openstack.compute.servers.views import Looks, looks_for
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.faults import Fault
from emulators.openstack.pages import in_order, next_query

JSON: Final = {"Content-Type": "application/json"}
_encode: Final = msgspec.json.Encoder().encode
Row = Callable[[NovaServer, Looks], bytes]


@COMPUTE.get("/servers", query=LIST)
async def index(call: Call) -> Reply:
    """The caller's servers: id, name and links."""
    return _answer(call, "/servers", fragments.short)


@COMPUTE.get("/servers/detail", query=LIST)
async def detail(call: Call) -> Reply:
    """The caller's servers with everything that may be seen of them."""
    state = call.state
    return _answer(call, "/servers/detail", lambda server, looks: fragments.detail(state, server, looks))


@COMPUTE.get("/servers/{server_id}")
async def show(call: Call) -> Reply:
    """One server."""
    server = server_of(call)
    return Reply(b'{"server":%b}' % fragments.detail(call.state, server, looks_for(call, single=True)), headers=JSON)


def _answer(call: Call, path: str, row: Row) -> Reply:
    page, more = _page(call, _ordered(call, _found(call)))
    looks = looks_for(call)
    tail = b""
    if more:
        href = f"{call.link(path)}?{next_query(call.query, page[-1].uid)}"
        tail = b',"servers_links":%b' % _encode([{"rel": "next", "href": href}])
    return Reply(fragments.joined([row(server, looks) for server in page], tail), headers=JSON)


def _page(call: Call, servers: list[NovaServer]) -> tuple[list[NovaServer], bool]:
    """The servers after the marker; whether there is a link to more, which there is whenever the page is full."""
    limit, marker, start = limit_of(call), call.first("marker"), 0
    if marker:
        start = next((place for place, one in enumerate(servers, 1) if one.uid == marker), -1)
        if start < 0:
            raise Fault(400, f"marker [{marker}] not found")
    page = servers[start : start + limit]
    return page, bool(limit) and len(page) == limit


def _found(call: Call) -> list[NovaServer]:
    given = filters.options(call)
    everyone = _all_tenants(call, given)
    found = _candidates(call, given, everyone=everyone)
    tests = filters.tests(call, {name: value for name, value in given.items() if name not in {"all_tenants", "status"}})
    if "status" in call.query:
        status = filters.by_status(call)
        if status is None:
            return []
        tests = [status, *(tests or ())]
    for test in tests or ():
        found = [server for server in found if test(server)]
    return found


def _all_tenants(call: Call, given: dict[str, str]) -> bool:
    if "all_tenants" not in given:
        return False
    wanted = not given["all_tenants"].strip() or filters.whether(given["all_tenants"])
    if wanted and not call.credentials.admin:
        name = f"{call.operation.handler.__name__}:get_all_tenants"
        raise Fault(403, f"Policy doesn't allow os_compute_api:servers:{name} to be performed.")
    return wanted


def _candidates(call: Call, given: dict[str, str], *, everyone: bool) -> list[NovaServer]:
    """Servers of the projects in question, deleted ones among them or alone when asked."""
    project = (given.get("project_id") or given.get("tenant_id", "")) if everyone else call.project
    live, deleted = _whether_deleted(call, given)
    found: list[NovaServer] = []
    if deleted:
        dead = call.state.where(DeletedServer, "project", project) if project else call.state.all(DeletedServer)
        found += [one.server for one in dead]
    if live:
        found += call.state.where(NovaServer, "project", project) if project else call.state.all(NovaServer)
    return found


def _whether_deleted(call: Call, given: dict[str, str]) -> tuple[bool, bool]:
    """Whether servers that live are wanted, and deleted ones."""
    if [status.lower() for status in call.query.get("status", ())] == ["deleted"]:
        return False, True
    if "deleted" in given:
        wanted = filters.WORDS.get(given["deleted"].lower(), False)
        return not wanted, wanted
    changed = "changes-since" in given or "changes-before" in given
    return True, changed


def _ordered(call: Call, servers: list[NovaServer]) -> list[NovaServer]:
    """Sorted as asked; the newest first otherwise."""
    keys, dirs = list(call.query.get("sort_key", ())), list(call.query.get("sort_dir", ()))
    ignored = IGNORED_SORT_KEYS - ({"locked"} if call.since("2.73") else frozenset())
    for key in [one for one in keys if one in ignored]:
        place = keys.index(key)
        del keys[place]
        del dirs[place : place + 1]
    if not call.credentials.admin and {"host", "node"} & set(keys):
        raise Fault(403, f"Only administrators can sort servers by {min({'host', 'node'} & set(keys))}")
    for text in dirs:
        if text not in {"asc", "desc"}:
            raise Fault(400, f"Unknown sort direction, must be one of: asc, desc, not {text}")
    if not keys:
        return sorted(servers, key=_age, reverse=(dirs or ["desc"])[0] == "desc")
    dirs += [dirs[-1] if dirs else "desc"] * (len(keys) - len(dirs))
    return in_order(_oldest_last(servers), [(_value(call, key), way == "desc") for key, way in zip(keys, dirs, strict=False)])


def _age(server: NovaServer) -> Any:
    return (server.created, server.number)


def _oldest_last(servers: list[NovaServer]) -> list[NovaServer]:
    return sorted(servers, key=_age, reverse=True)


def _value(call: Call, key: str) -> Callable[[NovaServer], Any]:
    value, state = filters.VALUES[key], call.state
    return lambda server: value(state, server)
