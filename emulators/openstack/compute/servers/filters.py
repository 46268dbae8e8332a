"""Filters of lists of servers: which parameters count for whom, and what each compares with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute import face
from emulators.openstack.compute.servers import hosts, states
from emulators.openstack.compute.servers.query import JOINED, REGEX
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.faults import Fault
from emulators.openstack.network import face as network
from emulators.world.state import WorldState

Test = Callable[[NovaServer], bool]
FOR_ALL: Final = (
    (1, ("reservation_id", "name", "status", "image", "flavor", "ip", "changes-since", "all_tenants")),
    (5, ("ip6",)),
    (26, ("tags", "tags-any", "not-tags", "not-tags-any")),
    (66, ("changes-before",)),
    (73, ("locked",)),
    (83, ("availability_zone", "config_drive", "key_name", "created_at", "launched_at", "terminated_at")),
    (83, ("power_state", "task_state", "vm_state", "progress", "user_id")),
    (90, ("hostname",)),
)
"""Filters that everybody has, since which microversion; administrators have all."""
PAGING: Final = frozenset({"sort_key", "sort_dir", "limit", "marker", "page_size", "offset"})
WORDS: Final[dict[str, bool]] = {
    **dict.fromkeys(("true", "1", "on", "yes", "y", "t"), True),
    **dict.fromkeys(("false", "0", "off", "no", "n", "f"), False),
}
MAX_QUANTIFIERS: Final = 3
_DANGEROUS: Final = re.compile(r"\)[*+{?]|\\[0-9]")
_QUANTIFIERS: Final = re.compile(r"(?<!\\)[*+{]")
MAX_PATTERN: Final = 255

VALUES: Final[dict[str, Callable[[WorldState, NovaServer], Any]]] = {
    "access_ip_v4": lambda _, one: one.access_ipv4,
    "access_ip_v6": lambda _, one: one.access_ipv6,
    "auto_disk_config": lambda _, one: one.disk_config == "AUTO",
    "availability_zone": lambda state, one: face.zone_of(state, one.host) if one.host else one.zone,
    "config_drive": lambda _, one: "True" if one.config_drive else "",
    "created_at": lambda _, one: one.created,
    "display_description": lambda _, one: one.description,
    "display_name": lambda _, one: one.name,
    "host": lambda state, one: hosts.name_of(state, one.host),
    "node": lambda state, one: hosts.name_of(state, one.host),
    "hostname": lambda _, one: one.hostname,
    "image_ref": lambda _, one: one.image,
    "instance_type_id": lambda _, one: one.flavor.id,
    "kernel_id": lambda _, one: one.image_properties.get("kernel_id", ""),
    "ramdisk_id": lambda _, one: one.image_properties.get("ramdisk_id", ""),
    "key_name": lambda _, one: one.key_name or None,
    "launch_index": lambda _, one: one.launch_index,
    "launched_at": lambda _, one: one.launched,
    "locked": lambda _, one: bool(one.locked),
    "locked_by": lambda _, one: one.locked or None,
    "power_state": lambda _, one: one.power_state,
    "progress": lambda _, one: one.progress,
    "project_id": lambda _, one: one.project,
    "reservation_id": lambda _, one: one.reservation,
    "root_device_name": lambda _, one: one.root_device,
    "task_state": lambda _, one: one.task_state or None,
    "terminated_at": lambda _, one: one.terminated,
    "updated_at": lambda _, one: one.updated,
    "user_id": lambda _, one: one.user,
    "uuid": lambda _, one: one.uid,
    "vm_state": lambda _, one: one.vm_state,
}
"""What a name of Nova's tables is of a server: for filters and for sorting."""
ALIASES: Final = {
    "name": "display_name",
    "description": "display_description",
    "image": "image_ref",
    "flavor": "instance_type_id",
    "tenant_id": "project_id",
}
TAG_FILTERS: Final[dict[str, Callable[[set[str], set[str]], bool]]] = {
    "tags": lambda wanted, has: wanted <= has,
    "tags-any": lambda wanted, has: bool(wanted & has),
    "not-tags": lambda wanted, has: not wanted <= has,
    "not-tags-any": lambda wanted, has: not wanted & has,
}


def options(call: Call) -> dict[str, str]:
    """The filters that count for the caller, the last value of each; raises Fault 400 for names of internal columns."""
    given = {name: values[-1] for name, values in call.query.items() if name not in PAGING}
    if not call.credentials.admin:
        allowed = {name for since, names in FOR_ALL for name in names if since <= call.version.minor}
        given = {name: value for name, value in given.items() if name in allowed}
    for name in given:
        if name in JOINED or name.startswith("_"):
            raise Fault(400, f"Invalid filter field: {name}.")
    return given


def moment(text: str, name: str) -> datetime:
    """A time that a client gave; raises Fault 400."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault(400, f"Invalid filter field: {name}.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def tests(call: Call, given: dict[str, str]) -> list[Test] | None:
    """The tests that a server has to pass; None when none can."""
    found: list[Test] = []
    state = call.state
    for name, text in given.items():
        if name in TAG_FILTERS:
            found.append(_tagged(name, text))
        elif name in {"ip", "ip6"}:
            found.append(_addressed(state, text, 4 if name == "ip" else 6))
        elif name == "locked":
            found.append(_locked(text))
        elif ALIASES.get(name, name) in VALUES and name not in {"tenant_id", "project_id"}:
            found.append(_valued(state, name, text))
    return found + _timed(given)


def by_status(call: Call) -> Test | None:
    """The test of ``status``; raises Fault 400 (since 2.38) for words that are no status; None when none of them is one."""
    vm_states, task_states = states.states_of(call.query["status"])
    if not vm_states:
        if call.since("2.38"):
            raise Fault(400, "Invalid status value")
        return None
    if vm_states == {states.DELETED} and not call.credentials.admin:
        raise Fault(403, "Only administrators may list deleted instances")
    if "default" in task_states:
        return lambda server: server.vm_state in vm_states
    return lambda server: server.vm_state in vm_states and server.task_state in task_states


def _timed(given: dict[str, str]) -> list[Test]:
    since = moment(given["changes-since"], "changes-since") if "changes-since" in given else None
    before = moment(given["changes-before"], "changes-before") if "changes-before" in given else None
    if since and before and before < since:
        raise Fault(400, "The value of changes-since must be less than or equal to changes-before.")
    found: list[Test] = []
    if since:
        found.append(lambda server: server.updated >= since)
    if before:
        found.append(lambda server: server.updated <= before)
    return found


def _tagged(name: str, text: str) -> Test:
    wanted, fits = set(text.split(",")), TAG_FILTERS[name]
    return lambda server: fits(wanted, set(server.tags))


def whether(text: str) -> bool:
    """A truth value of a query; raises Fault 400 for a word that is none."""
    word = text.strip().lower()
    if word not in WORDS:
        raise Fault(400, f"Unrecognized value '{text}', acceptable values are: {', '.join(repr(one) for one in sorted(WORDS))}")
    return WORDS[word]


def _locked(text: str) -> Test:
    wanted = whether(text)
    return lambda server: bool(server.locked) == wanted


def _addressed(state: WorldState, text: str, version: int) -> Test:
    matches = pattern(text, "ip")

    def test(server: NovaServer) -> bool:
        rows: Iterable[dict[str, Any]] = (one for found in network.addresses(state, server.uid).values() for one in found)
        return any(one["version"] == version and matches(str(one["addr"])) for one in rows)

    return test


def _valued(state: WorldState, name: str, text: str) -> Test:
    value = VALUES[ALIASES.get(name, name)]
    if name not in REGEX or name in {"flavor", "power_state", "progress"}:
        return lambda server: _text(value(state, server)) == text
    if name in {"auto_disk_config", "config_drive"}:
        wanted = text.lower() in {"true", "1", "yes", "on"}
        return lambda server: bool(value(state, server)) is wanted
    if name in {"created_at", "launched_at", "terminated_at"}:
        then = moment(text, name)
        return lambda server: (
            value(state, server) is not None and value(state, server).replace(microsecond=0) == then.replace(microsecond=0)
        )
    matches = pattern(text, name)
    return lambda server: matches(_text(value(state, server)))


def _to_the_second(time: datetime | None) -> datetime | None:
    return time.replace(microsecond=0) if time else None


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def pattern(text: str, name: str) -> Callable[[str], bool]:
    """A regular expression as the database would search with it; raises Fault 400 for one that is none, or would take too long."""
    if len(text) > MAX_PATTERN or _DANGEROUS.search(text) or len(_QUANTIFIERS.findall(text)) > MAX_QUANTIFIERS:
        raise Fault(400, f"Invalid filter field: {name}.")
    try:
        found = re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise Fault(400, f"Invalid filter field: {name}.") from error
    return lambda value: found.search(value) is not None
