"""Thousands of machines end at once when a UCS domain does: a few at a time, every one of them, and operations wait for theirs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from emulators.conductor.hands import CUTTERS, Hands
from emulators.machines.port import MachineState
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.machines.simulated.stages import Timing
from emulators.world.commands import Effect
from emulators.world.decisions.power import ReportMachine
from emulators.world.model import Power, Vm
from tests.unit.world.lab import INVENTORY, Lab

MANY = 3 * CUTTERS


class Machines(SimulatedMachines):
    """Simulated ones that take a moment to die; ``odd`` dies of a bug."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab.clock, seed=7, timing=Timing.INSTANT)
        self.dying = self.most = 0
        self.odd = ""

    async def kill(self, machine_id: str) -> None:
        """Kill, and note how many die at once."""
        self.dying += 1
        self.most = max(self.most, self.dying)
        await asyncio.sleep(0)
        self.dying -= 1
        if machine_id == self.odd:
            raise ZeroDivisionError
        await super().kill(machine_id)


def datacenter(folder: Path) -> Lab:
    """Many VMs that run."""
    vms = [f"  - {{name: vm-{n}, cluster: c1, host: esx-1, datastore: ds-1, disks: [1GiB], memory: 128MiB}}" for n in range(MANY)]
    lab = Lab(folder, inventory=INVENTORY[: INVENTORY.index("vms:")] + "vms:\n" + "\n".join(vms) + "\n")
    for vm in lab.state.all(Vm):
        lab.do(ReportMachine(vm=vm.uid, power=Power.ON, effect=Effect(machine="simulated")))
    return lab


async def test_all_end_a_few_at_a_time_whatever_becomes_of_one(tmp_path: Path) -> None:
    lab = datacenter(tmp_path)
    machines = Machines(lab)
    hands = Hands(lab.world, machines)
    vms = [vm.uid for vm in lab.state.all(Vm)]
    machines.odd = vms[1]
    for uid in (*vms, *vms):
        hands.cut_off(uid)
    async with asyncio.timeout(10):
        for uid in vms:
            await hands.quiet(uid)
    states = {uid: (await machines.inspect(uid)).state for uid in vms}
    assert states.pop(machines.odd) is MachineState.RUNNING
    assert set(states.values()) == {MachineState.STOPPED}
    assert 1 < machines.most <= CUTTERS
    await machines.close()
    lab.close()
