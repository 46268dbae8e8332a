"""Trunks: ports that carry others."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.network import changes
from emulators.openstack.network.attributes import PROJECT, Attribute
from emulators.openstack.network.caller import Caller, caller_of
from emulators.openstack.network.collections import Collection, Given, Row, standard_view
from emulators.openstack.network.faults import conflict, malformed, not_found, unfit
from emulators.openstack.network.operations import held, serve
from emulators.openstack.network.port_views import status
from emulators.openstack.network.ports import PORTS
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import NeutronPort, NeutronTrunk
from emulators.openstack.network.service import NETWORK
from emulators.openstack.network.values import Unfit, anything, boolean, identifier, items, label, one_of, record, within
from emulators.world.decide import Decision
from emulators.world.state import WorldState

MAX_VLAN: Final = 4094
_sub_port: Final = record({"port_id": identifier}, segmentation_type=one_of("vlan", "inherit"), segmentation_id=within(1, MAX_VLAN))
_removed: Final = items(record({"port_id": identifier}, segmentation_type=anything, segmentation_id=anything))


def _sub_ports(value: Any) -> tuple[dict[str, Any], ...]:
    """Further ports, each with a VLAN of its own."""
    found: tuple[dict[str, Any], ...] = items(_sub_port, null=False)(value)
    if len({one["port_id"] for one in found}) < len(found):
        raise Unfit("Non unique UUID for subport")
    numbers = [one["segmentation_id"] for one in found if "segmentation_id" in one]
    if len(set(numbers)) < len(numbers):
        raise Unfit("Segmentation ID for subports is not unique")
    return tuple({"segmentation_type": "vlan", **one} for one in found)


def view(state: WorldState, trunk: NeutronTrunk, _: Caller) -> Row:
    """A trunk as it is shown."""
    port = state.maybe(NeutronPort, trunk.port)
    return {
        "id": trunk.uid,
        "name": trunk.name,
        **standard_view(trunk),
        "admin_state_up": trunk.admin_state_up,
        "port_id": trunk.port,
        "status": status(state, port) if port is not None else "DOWN",
        "sub_ports": list(trunk.sub_ports),
    }


def create(decision: Decision, caller: Caller, given: Given) -> NeutronTrunk:
    """Make a port carry others."""
    require(decision, given["project_id"], "trunk")
    parent = PORTS.find(decision.state, given["port_id"], caller)
    _require_free(decision.state, parent.uid)
    trunk = changes.create(
        decision,
        NeutronTrunk,
        name=given["name"],
        description=given["description"],
        project=given["project_id"],
        port=parent.uid,
        admin_state_up=given["admin_state_up"],
    )
    return _add(decision, caller, trunk, given["sub_ports"])


def _require_free(state: WorldState, port: str) -> None:
    """Refuse a port that is in a trunk; raises Fault 409."""
    for field, name, role in (("port", "ParentPortInUse", "a parent port"), ("children", "PortInUseAsSubPort", "a subport")):
        trunk = state.one(NeutronTrunk, field, port)
        if trunk is not None:
            raise conflict(name, f"Port {port} is currently {role} for trunk {trunk.uid}.")


def _add(decision: Decision, caller: Caller, trunk: NeutronTrunk, more: tuple[dict[str, Any], ...]) -> NeutronTrunk:
    used = {one["segmentation_id"] for one in trunk.sub_ports}
    added = []
    for one in more:
        child = PORTS.find(decision.state, one["port_id"], caller)
        _require_free(decision.state, child.uid)
        if child.device:
            raise conflict("PortInUse", f"Port {child.uid} is in use by device {child.device}.")
        number = one.get("segmentation_id") or next(number for number in range(1, MAX_VLAN + 1) if number not in used)
        if number in used:
            raise conflict("DuplicateSubPort", f"segmentation_type vlan and segmentation_id {number} already in use on trunk {trunk.uid}.")
        used.add(number)
        added.append({"port_id": child.uid, "segmentation_type": "vlan", "segmentation_id": number})
        changes.change(decision, child, device_owner="trunk:subport", device=trunk.uid)
    after = (*trunk.sub_ports, *added)
    return changes.change(decision, trunk, sub_ports=after, children=tuple(one["port_id"] for one in after))


def update(decision: Decision, _: Caller, trunk: NeutronTrunk, given: Given) -> None:
    """Rename, describe or disable a trunk."""
    changes.change(decision, trunk, **given)


def delete(decision: Decision, _: Caller, trunk: NeutronTrunk) -> None:
    """The port carries others no more."""
    port = decision.state.maybe(NeutronPort, trunk.port)
    if port is not None and port.plug:
        raise conflict("TrunkInUse", f"Trunk {trunk.uid} is currently in use.")
    _free(decision, trunk.children)
    changes.delete(decision, trunk)


def _free(decision: Decision, ports: tuple[str, ...]) -> None:
    for uid in ports:
        child = decision.state.maybe(NeutronPort, uid)
        if child is not None:
            changes.change(decision, child, device_owner="", device="")


def _missing(uid: str) -> Fault:
    return not_found("Trunk", f"Trunk {uid} could not be found.")


TRUNKS: Final = serve(
    Collection(
        member="trunk",
        name="trunks",
        path="/trunks",
        record=NeutronTrunk,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", label, "PUVFS", ""),
            Attribute("admin_state_up", boolean, "PUVFS", True),
            *PROJECT,
            Attribute("port_id", identifier, "PVFS"),
            Attribute("status", anything, "VFS"),
            Attribute("sub_ports", _sub_ports, "PV", ()),
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        missing=_missing,
        indexes={"name": "name", "port_id": "port"},
    )
)


@NETWORK.get("/trunks/{id}/get_subports")
async def get_subports(call: Call) -> Row:
    """The ports that a trunk carries."""
    trunk = TRUNKS.find(call.state, call.path["id"], caller_of(call.credentials))
    return {"sub_ports": list(trunk.sub_ports)}


@NETWORK.put("/trunks/{id}/add_subports")
async def add_subports(call: Call) -> Row:
    """Carry further ports."""
    return await _change(call, add=True)


@NETWORK.put("/trunks/{id}/remove_subports")
async def remove_subports(call: Call) -> Row:
    """Carry ports no more."""
    return await _change(call, add=False)


async def _change(call: Call, *, add: bool) -> Row:
    if not isinstance(call.body, dict) or "sub_ports" not in call.body:
        raise malformed("Invalid input: sub_ports is missing in the request body")
    try:
        ports = (_sub_ports if add else _removed)(call.body["sub_ports"])
    except Unfit as error:
        raise unfit("sub_ports", error) from error
    caller = caller_of(call.credentials)
    await call.ask(set_subports, caller=caller, uid=call.path["id"], ports=ports, add=add)
    return TRUNKS.view(call.state, call.state.get(NeutronTrunk, call.path["id"]), caller)


@ask
def set_subports(decision: Decision, *, caller: Caller, uid: str, ports: tuple[dict[str, Any], ...], add: bool) -> None:
    """Carry ports, or no more."""
    trunk: NeutronTrunk = held(decision.state, TRUNKS, uid, caller, "add_subports" if add else "remove_subports")
    if add:
        _add(decision, caller, trunk, ports)
        return
    gone = tuple(one["port_id"] for one in ports)
    for port in gone:
        if port not in trunk.children:
            raise not_found("SubPort", f"SubPort on trunk {uid} with parent port {port} could not be found.")
    left = tuple(one for one in trunk.sub_ports if one["port_id"] not in gone)
    changes.change(decision, trunk, sub_ports=left, children=tuple(one["port_id"] for one in left))
    _free(decision, gone)
