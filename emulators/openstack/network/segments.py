"""Segments of networks: each network's own, and those that an administrator adds.  Only the own one carries packets."""

from __future__ import annotations

from typing import Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import changes
from emulators.openstack.network.attributes import LEFT_OUT, PROJECT, Attribute
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Collection, Given, Row, standard_view
from emulators.openstack.network.faults import conflict, invalid_input, not_found
from emulators.openstack.network.networks import NETWORKS, OVERHEAD
from emulators.openstack.network.operations import serve
from emulators.openstack.network.records import NeutronNetwork, NeutronSegment, NeutronSubnet
from emulators.openstack.network.values import identifier, integer, label, optional, text
from emulators.world.decide import Decision
from emulators.world.state import WorldState


def view(_: WorldState, segment: NeutronSegment, __: Caller) -> Row:
    """A segment as it is shown."""
    row = standard_view(segment)
    for name in ("tags", "tenant_id", "project_id"):
        row.pop(name)
    return {
        "id": segment.uid,
        "name": segment.name or None,
        **row,
        "description": segment.description or None,
        "network_id": segment.network,
        "network_type": segment.network_type,
        "physical_network": segment.physical_network or None,
        "segmentation_id": segment.segmentation_id or None,
    }


def create(decision: Decision, caller: Caller, given: Given) -> NeutronSegment:
    """Add a segment to a network."""
    network = NETWORKS.find(decision.state, given["network_id"], caller)
    if given["network_type"] not in OVERHEAD:
        raise invalid_input(f"network_type value '{given['network_type']}' not supported")
    return changes.create(
        decision,
        NeutronSegment,
        name=given.get("name") or "",
        description=given["description"] or "",
        network=network.uid,
        network_type=given["network_type"],
        physical_network=given.get("physical_network") or "",
        segmentation_id=given.get("segmentation_id") or 0,
    )


def update(decision: Decision, _: Caller, segment: NeutronSegment, given: Given) -> None:
    """Rename or describe a segment."""
    changes.change(decision, segment, **{name: value or "" for name, value in given.items()})


def delete(decision: Decision, _: Caller, segment: NeutronSegment) -> None:
    """Delete a segment that no subnet is on; a network keeps its last one."""
    if decision.state.count(NeutronSubnet, "segment", segment.uid):
        raise conflict("SegmentInUse", f"Segment '{segment.uid}' cannot be deleted: The segment is still associated with subnet(s).")
    if decision.state.maybe(NeutronNetwork, segment.network) and decision.state.count(NeutronSegment, "network", segment.network) == 1:
        raise conflict("SegmentInUse", f"Segment '{segment.uid}' cannot be deleted: It is the only one of its network.")
    changes.delete(decision, segment)


def _missing(uid: str) -> Fault:
    return not_found("Segment", f"Segment {uid} could not be found.")


SEGMENTS: Final = serve(
    Collection(
        member="segment",
        name="segments",
        path="/segments",
        record=NeutronSegment,
        attributes=(
            Attribute("id", identifier, "VFS"),
            *(Attribute(one.name, one.kind, "P", LEFT_OUT) for one in PROJECT),
            Attribute("network_id", identifier, "PVFS"),
            Attribute("physical_network", optional(text(64)), "PVFS", LEFT_OUT),
            Attribute("network_type", text(32), "PVFS"),
            Attribute("segmentation_id", optional(integer), "PVS", LEFT_OUT),
            Attribute("name", optional(label), "PUVFS", LEFT_OUT),
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        missing=_missing,
        tagged=False,
        admin_makes=True,
        admin_sees=True,
        indexes={"network_id": "network"},
    )
)
