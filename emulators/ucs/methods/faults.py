"""Acknowledging and reading faults by their numbers."""

from __future__ import annotations

from emulators.ucs import records
from emulators.ucs.call import Answer, Call
from emulators.ucs.methods.answers import one_config, values
from emulators.ucs.methods.registry import method
from emulators.ucs.mit.node import Node
from emulators.ucs.projection.faults import fault_mark
from emulators.ucs.refusals import Refusal
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision


class AcknowledgeFaults(Command, frozen=True, kw_only=True, tag="ucs.acknowledge_faults"):
    """Remember that faults were acknowledged: derived ones by their numbers, others by their DNs."""

    domain: str
    numbers: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()


@decides(AcknowledgeFaults)
def acknowledge(decision: Decision, command: AcknowledgeFaults) -> None:
    """They are acknowledged; nothing happens to those that are already."""
    for number in command.numbers:
        dn = fault_mark(number)
        if records.find(decision.state, command.domain, dn) is None:
            records.create(decision, command.domain, "faultInst", dn, {"ack": "yes"}, overrides=True)
    for dn in command.dns:
        record = records.find(decision.state, command.domain, dn)
        if record is not None and record.props.get("ack") != "yes":
            records.change(decision, record, ack="yes")


@method("faultAckFault", quality="client")
async def acknowledge_one(call: Call) -> Answer:
    """The fault is acknowledged.  Refuses with 102 when there is none of that number."""
    await _acknowledge(call, [call.request.required("inId")])
    return Answer()


@method("faultAckFaults", quality="client")
async def acknowledge_several(call: Call) -> Answer:
    """All of the faults are acknowledged, or, when there is none of one number, none of them (102)."""
    await _acknowledge(call, values(call, "inIds", "id"))
    return Answer()


@method("faultResolveFault", quality="client")
async def resolve(call: Call) -> Answer:
    """The fault of a number.  Refuses with 102 when there is none."""
    found = await _faults(call, [call.request.required("inId")])
    return Answer({}, await one_config(call, found[0], "outFault"))


async def _acknowledge(call: Call, numbers: list[str]) -> None:
    call.require("faultInst")
    faults = await _faults(call, numbers)
    state, domain = call.domain.world.state, call.domain.uid
    recorded = tuple(node.dn for node in faults if records.find(state, domain, node.dn) is not None)
    derived = tuple(str(node.get("id")) for node in faults if node.dn not in recorded)
    await call.execute(AcknowledgeFaults(domain=domain, numbers=derived, dns=recorded))


async def _faults(call: Call, numbers: list[str]) -> list[Node]:
    await call.tree.prepare(["faultInst"])
    by_number = {node.get("id"): node for node in call.tree.of_class("faultInst")}
    for number in numbers:
        if number not in by_number:
            raise Refusal(102, f"no fault with id {number[:40]}")
    return [by_number[number] for number in numbers]
