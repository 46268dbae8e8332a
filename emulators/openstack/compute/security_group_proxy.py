"""Security groups as Nova shows them: a server's, and, until 2.35, all of a project."""

from __future__ import annotations

import uuid
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.compute.paging import limit_of
from emulators.openstack.compute.parameters import COUNTS, TEXTS, whole
from emulators.openstack.compute.servers.lookup import server_of
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.faults import Fault
from emulators.openstack.inward import ask_service
from emulators.openstack.network.service import NETWORK

PROXIED: Final = "2.1-2.35"
_TEXT: Final = {"type": "string", "minLength": 0, "maxLength": 255}
_GROUP: Final = {
    "type": "object",
    "properties": {
        "security_group": {"type": "object", "properties": {"name": _TEXT, "description": _TEXT}, "required": ["name", "description"]}
    },
    "required": ["security_group"],
}
_RULE: Final = {
    "type": "object",
    "properties": {
        "security_group_rule": {
            "type": "object",
            "properties": {
                "group_id": {"type": ["string", "null"], "format": "uuid"},
                "parent_group_id": {"type": "string", "format": "uuid"},
            },
            "required": ["parent_group_id"],
        }
    },
    "required": ["security_group_rule"],
}
_LIST: Final = {"type": "object", "properties": {"limit": COUNTS, "offset": COUNTS, "all_tenants": TEXTS}}
_ALL: Final = "/os-security-groups"
_PORTS: Final = {"TCP": (1, 65535), "UDP": (1, 65535)}
Row = dict[str, Any]


@COMPUTE.get(_ALL, versions=PROXIED, query=_LIST, quality="client")
async def list_groups(call: Call) -> Row:
    """Those of the caller's project, by name."""
    everywhere = call.credentials.admin and "all_tenants" in call.query
    scope = "" if everywhere else f"?project_id={call.project}"
    groups = (await ask_service(call, NETWORK, "GET", f"/security-groups{scope}"))["security_groups"]
    start = whole(call.first("offset", "0") or "0", "offset")
    named = {group["id"]: group for group in groups}
    shown = [await _group(call, group, named) for group in groups[start : start + limit_of(call)]]
    return {"security_groups": sorted(shown, key=lambda group: (group["tenant_id"], group["name"]))}


@COMPUTE.get("/servers/{server_id}/os-security-groups", quality="client")
async def list_groups_of_server(call: Call) -> Row:
    """Those on the server's ports, with their rules."""
    ports = (await ask_service(call, NETWORK, "GET", f"/ports?device_id={server_of(call).uid}"))["ports"]
    ids = dict.fromkeys(uid for port in ports for uid in port["security_groups"])
    groups = [(await ask_service(call, NETWORK, "GET", f"/security-groups/{uid}"))["security_group"] for uid in ids]
    named = {group["id"]: group for group in groups}
    return {"security_groups": [await _group(call, group, named) for group in groups]}


@COMPUTE.get(f"{_ALL}/{{group_id}}", versions=PROXIED, quality="client")
async def show_group(call: Call) -> Row:
    """One with its rules."""
    found = await ask_service(call, NETWORK, "GET", f"/security-groups/{_id(call.path['group_id'])}")
    return {"security_group": await _group(call, found["security_group"], {})}


@COMPUTE.post(_ALL, versions=PROXIED, body=_GROUP, quality="client")
async def create_group(call: Call) -> Row:
    """A new one."""
    made = await ask_service(call, NETWORK, "POST", "/security-groups", {"security_group": _named(call)})
    return {"security_group": await _group(call, made["security_group"], {})}


@COMPUTE.put(f"{_ALL}/{{group_id}}", versions=PROXIED, body=_GROUP, quality="client")
async def update_group(call: Call) -> Row:
    """Another name and description."""
    path = f"/security-groups/{_id(call.path['group_id'])}"
    changed = await ask_service(call, NETWORK, "PUT", path, {"security_group": _named(call)})
    return {"security_group": await _group(call, changed["security_group"], {})}


@COMPUTE.delete(f"{_ALL}/{{group_id}}", versions=PROXIED, status=202, quality="client")
async def delete_group(call: Call) -> None:
    """It goes, unless a server is in it."""
    try:
        await ask_service(call, NETWORK, "DELETE", f"/security-groups/{_id(call.path['group_id'])}")
    except Fault as refusal:
        raise _bad_if_conflict(refusal) from refusal


@COMPUTE.post("/os-security-group-rules", versions=PROXIED, body=_RULE, quality="client")
async def create_rule(call: Call) -> Row:
    """A new rule for what comes in."""
    wanted = call.body["security_group_rule"]
    try:
        made = await ask_service(call, NETWORK, "POST", "/security-group-rules", {"security_group_rule": _wanted_rule(wanted)})
    except Fault as refusal:
        raise _bad_if_conflict(refusal) from refusal
    return {"security_group_rule": await _rule(call, made["security_group_rule"], {})}


@COMPUTE.delete("/os-security-group-rules/{rule_id}", versions=PROXIED, status=202, quality="client")
async def delete_rule(call: Call) -> None:
    """A rule goes."""
    await ask_service(call, NETWORK, "DELETE", f"/security-group-rules/{_id(call.path['rule_id'])}")


def _bad_if_conflict(refusal: Fault) -> Fault:
    """Neutron's conflict is a bad request of Nova's."""
    conflict = 409
    return Fault(400, refusal.message) if refusal.status == conflict else refusal


def _named(call: Call) -> Row:
    wanted = call.body["security_group"]
    return {"name": wanted["name"], "description": wanted["description"]}


def _id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Fault(400, f"Security group id {text[:64]} is not a uuid.") from error


def _wanted_rule(wanted: Row) -> Row:
    """A rule of Nova's as one of Neutron's; raises Fault 400 when it says too little."""
    protocol, low, high = wanted.get("ip_protocol"), wanted.get("from_port"), wanted.get("to_port")
    if wanted.get("group_id") is None and protocol is None:
        raise Fault(400, "Not enough parameters to build a valid rule.")
    rule: Row = {"security_group_id": wanted["parent_group_id"], "direction": "ingress", "protocol": _lower(protocol)}
    low, high = _port(low), _port(high)
    if str(protocol).lower() != "icmp" or low != -1:
        rule["port_range_min"] = None if low == -1 else low
    if str(protocol).lower() != "icmp" or high != -1:
        rule["port_range_max"] = None if high == -1 else high
    if wanted.get("group_id") is not None:
        return rule | {"remote_group_id": wanted["group_id"]}
    cidr = wanted.get("cidr") or "0.0.0.0/0"
    return rule | {"remote_ip_prefix": cidr, "ethertype": "IPv6" if ":" in str(cidr) else "IPv4"}


def _lower(protocol: Any) -> Any:
    return protocol.lower() if isinstance(protocol, str) else protocol


def _port(value: Any) -> Any:
    """A port as a number; raises Fault 400 for what is none."""
    if value is None:
        return None
    try:
        return int(value)
    except (ValueError, TypeError, OverflowError) as error:
        raise Fault(400, f"Invalid port {str(value)[:64]}: it must be a number.") from error


async def _group(call: Call, group: Row, named: dict[str, Row]) -> Row:
    rules = [rule for rule in group["security_group_rules"] if rule["direction"] == "ingress"]
    return {
        "id": group["id"],
        "name": group["name"],
        "description": group["description"],
        "tenant_id": group["tenant_id"],
        "rules": [await _rule(call, rule, named) for rule in rules],
    }


async def _rule(call: Call, rule: Row, named: dict[str, Row]) -> Row:
    protocol, low, high = rule["protocol"], rule["port_range_min"], rule["port_range_max"]
    if protocol and low is None and high is None:
        low, high = _PORTS.get(protocol.upper(), (-1, -1))
    shown: Row = {
        "id": rule["id"],
        "parent_group_id": rule["security_group_id"],
        "ip_protocol": protocol,
        "from_port": low,
        "to_port": high,
        "group": {},
        "ip_range": {},
    }
    other = rule["remote_group_id"]
    if not other:
        everything = "::/0" if rule["ethertype"] == "IPv6" else "0.0.0.0/0"
        return shown | {"ip_range": {"cidr": rule["remote_ip_prefix"] or everything}}
    if other not in named:
        named[other] = (await ask_service(call, NETWORK, "GET", f"/security-groups/{other}"))["security_group"]
    return shown | {"group": {"name": named[other]["name"], "tenant_id": named[other]["tenant_id"]}}
