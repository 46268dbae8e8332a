"""Port forwardings of floating IPs; what packets do with them is the router's (`routing.py`)."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.network import changes
from emulators.openstack.network.attributes import LEFT_OUT, STANDARD, Attribute, member_of, prepare_create, prepare_update
from emulators.openstack.network.caller import Caller, caller_of
from emulators.openstack.network.collections import Row
from emulators.openstack.network.faults import bad_request, conflict, not_found
from emulators.openstack.network.floatingips import FLOATINGIPS, router_between
from emulators.openstack.network.listing import answer
from emulators.openstack.network.operations import held
from emulators.openstack.network.ports import PORTS
from emulators.openstack.network.records import NeutronFloatingIp, NeutronPort, NeutronPortForwarding
from emulators.openstack.network.service import NETWORK
from emulators.openstack.network.values import Unfit, address, anything, identifier, text, within
from emulators.world.decide import Decision
from emulators.world.state import WorldState

MAX_PORT: Final = 65535


def _protocol(value: Any) -> str:
    """TCP, UDP, SCTP, DCCP or ICMP."""
    read = str(text()(value)).lower()
    if read not in {"tcp", "udp", "dccp", "icmp", "icmpv6", "sctp"}:
        raise Unfit(f"'{value}' is not in ['tcp', 'udp', 'dccp', 'icmp', 'sctp']")
    return read


def _range(value: Any) -> str:
    """``80`` or ``80:89``."""
    low, _, high = str(value).partition(":")
    first = within(1, MAX_PORT)(low)
    last = within(1, MAX_PORT)(high) if high else first
    if first > last:
        raise Unfit(f"Invalid port range: {value}")
    return f"{first}:{last}"


ATTRIBUTES: Final = {
    one.name: one
    for one in (
        Attribute("id", identifier, "VFS"),
        Attribute("external_port", within(1, MAX_PORT), "PUVFS", LEFT_OUT),
        Attribute("external_port_range", _range, "PUVFS", LEFT_OUT),
        Attribute("internal_port", within(1, MAX_PORT), "PUVFS", LEFT_OUT),
        Attribute("internal_port_range", _range, "PUVFS", LEFT_OUT),
        Attribute("internal_ip_address", address, "PUVFS", LEFT_OUT),
        Attribute("protocol", _protocol, "PUVFS"),
        Attribute("internal_port_id", identifier, "PUVFS"),
        Attribute("project_id", text(255), "P", LEFT_OUT),
        Attribute("tenant_id", text(255), "P", LEFT_OUT),
        STANDARD[0],
        Attribute("floatingip_id", anything),
    )
}


def view(one: NeutronPortForwarding) -> Row:
    """A forwarding as it is shown."""
    row: Row = {
        "id": one.uid,
        "protocol": one.protocol,
        "internal_ip_address": one.internal_ip,
        "internal_port_id": one.port,
        "internal_port_range": one.internal_range,
        "external_port_range": one.external_range,
        "description": one.description,
    }
    for name in ("internal", "external"):
        low, _, high = str(row[f"{name}_port_range"]).partition(":")
        if low == high:
            row[f"{name}_port"] = int(low)
    return row


def _forwarding(state: WorldState, floating: NeutronFloatingIp, uid: str) -> NeutronPortForwarding:
    found = state.maybe(NeutronPortForwarding, uid)
    if found is None or found.floatingip != floating.uid:
        raise not_found("PortForwarding", f"Port Forwarding {uid} could not be found.")
    return found


def _floating(call: Call) -> NeutronFloatingIp:
    return FLOATINGIPS.find(call.state, call.path["id"], caller_of(call.credentials))


@NETWORK.get("/floatingips/{id}/port_forwardings")
async def list_port_forwardings(call: Call) -> Row:
    """The forwardings of a floating IP."""
    rows = [view(one) for one in call.state.where(NeutronPortForwarding, "floatingip", _floating(call).uid)]
    return answer(call, "port_forwardings", rows, ATTRIBUTES, caller_of(call.credentials))


@NETWORK.get("/floatingips/{id}/port_forwardings/{forwarding}")
async def show_port_forwarding(call: Call) -> Row:
    """One forwarding."""
    return {"port_forwarding": view(_forwarding(call.state, _floating(call), call.path["forwarding"]))}


@NETWORK.post("/floatingips/{id}/port_forwardings", status=201)
async def create_port_forwarding(call: Call) -> Row:
    """Forward a port of a floating IP."""
    caller = caller_of(call.credentials)
    given = prepare_create(ATTRIBUTES, "port_forwarding", member_of(call.body, "port_forwarding"), caller)
    uid = await call.ask(set_forwarding, caller=caller, floating=_floating(call).uid, uid="", given=given)
    return {"port_forwarding": view(call.state.get(NeutronPortForwarding, uid))}


@NETWORK.put("/floatingips/{id}/port_forwardings/{forwarding}")
async def update_port_forwarding(call: Call) -> Row:
    """Change a forwarding."""
    caller = caller_of(call.credentials)
    given = prepare_update(ATTRIBUTES, "port_forwarding", member_of(call.body, "port_forwarding"), caller)
    uid = await call.ask(set_forwarding, caller=caller, floating=_floating(call).uid, uid=call.path["forwarding"], given=given)
    return {"port_forwarding": view(call.state.get(NeutronPortForwarding, uid))}


@NETWORK.delete("/floatingips/{id}/port_forwardings/{forwarding}")
async def delete_port_forwarding(call: Call) -> None:
    """Forward no more."""
    await call.ask(drop_forwarding, floating=_floating(call).uid, uid=call.path["forwarding"])


@ask
def set_forwarding(decision: Decision, *, caller: Caller, floating: str, uid: str, given: dict[str, Any]) -> str:
    """Make a forwarding, or change the one named; answers its id."""
    holder: NeutronFloatingIp = held(decision.state, FLOATINGIPS, floating, caller, "create_floatingip_port_forwarding")
    if holder.port:
        raise conflict(
            "FipInUseByPortForwarding", f"Floating IP {floating} couldn't be used for port forwarding, it is associated with a port."
        )
    present = _forwarding(decision.state, holder, uid) if uid else None
    fields = _fields(decision.state, caller, present, given)
    _require_free(decision.state, holder, fields, uid)
    if present is not None:
        return changes.change(decision, present, **fields).uid
    router = router_between(decision.state, _subnet(decision.state, fields), holder.network, fields["port"])
    changes.change(decision, holder, router=router)
    return changes.create(decision, NeutronPortForwarding, name="", project=holder.project, floatingip=floating, **fields).uid


def _subnet(state: WorldState, fields: dict[str, Any]) -> str:
    port = state.get(NeutronPort, fields["port"])
    return next((one.subnet for one in port.fixed_ips if one.ip == fields["internal_ip"]), "")


def _fields(state: WorldState, caller: Caller, present: NeutronPortForwarding | None, given: dict[str, Any]) -> dict[str, Any]:
    fields = {
        "protocol": given.get("protocol", present.protocol if present else ""),
        "description": given.get("description", present.description if present else ""),
        "port": given.get("internal_port_id", present.port if present else ""),
    }
    for name in ("internal", "external"):
        one = given.get(f"{name}_port_range") or (_range(given[f"{name}_port"]) if f"{name}_port" in given else "")
        fields[f"{name}_range"] = one or (getattr(present, f"{name}_range") if present else "")
        if not fields[f"{name}_range"]:
            raise bad_request("port_forwarding", f"Required attribute '{name}_port' not specified")
    port = PORTS.find(state, fields["port"], caller)
    own = [one.ip for one in port.fixed_ips if "." in one.ip]
    fields["internal_ip"] = given.get("internal_ip_address") or (own[0] if own else "")
    if fields["internal_ip"] not in own:
        raise bad_request(
            "port_forwarding request", f"Requested internal IP address {fields['internal_ip']} does not correspond to port {port.uid}"
        )
    return fields


def _require_free(state: WorldState, holder: NeutronFloatingIp, fields: dict[str, Any], but: str) -> None:
    """Refuse external ports that another forwarding has; raises Fault 409."""
    low, high = map(int, fields["external_range"].split(":"))
    for other in state.where(NeutronPortForwarding, "floatingip", holder.uid):
        first, last = map(int, other.external_range.split(":"))
        if other.uid != but and other.protocol == fields["protocol"] and first <= high and low <= last:
            raise conflict(
                "BadRequest",
                f"Bad port_forwarding request: A duplicate port forwarding entry with same attributes already exists: {other.uid}.",
            )


@ask
def drop_forwarding(decision: Decision, *, floating: str, uid: str) -> None:
    """Forward no more; with the last one the floating IP leaves its router."""
    holder = decision.get(NeutronFloatingIp, floating)
    changes.delete(decision, _forwarding(decision.state, holder, uid))
    if not decision.state.count(NeutronPortForwarding, "floatingip", floating):
        changes.change(decision, holder, router="")
