"""Simulated machines of VMs that the inventory has running: recorded for many at once."""

from __future__ import annotations

import msgspec

from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.events import Change, Updated, declare
from emulators.world.model import Guest, Port, Power, Vm, World

MACHINES_ADOPTED = declare("dcsim.compute.machines.adopted", "Running VMs got their simulated machines")


class AdoptSimulated(Command, frozen=True, kw_only=True, tag="machines.adopt_simulated"):
    """These VMs run as simulated machines, with the addresses of their ports."""

    vms: tuple[str, ...]


@decides(AdoptSimulated)
def adopt(decision: Decision, command: AdoptSimulated) -> None:
    """Their guests are up."""
    vms = [vm for vm in map(decision.state.find, command.vms) if isinstance(vm, Vm) and vm.power is Power.ON and not vm.machine]
    if vms:
        changes: list[Change] = [_adopted(decision, vm) for vm in vms]
        decision.emit(MACHINES_ADOPTED, decision.state.all(World)[0].uid, *changes)


def _adopted(decision: Decision, vm: Vm) -> Updated:
    addresses: dict[str, tuple[str, ...]] = {port.mac: (port.ip,) for port in decision.state.where(Port, "vm", vm.uid) if port.ip}
    guest = Guest(vm.name, addresses, tools_running=True, started=decision.now)
    new = msgspec.structs.replace(vm, machine="simulated", guest=guest, version=vm.version + 1)
    return Updated(vm, new, ("machine", "guest"))
