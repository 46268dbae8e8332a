"""The datacenters in which failures are proven: generated ones of several kinds, and one that is drawn to be awkward."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, Final

import msgspec

from emulators.world.capacity import GIB, MIB
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.operations import CompleteTask
from emulators.world.decisions.vms import ReconfigureVm
from emulators.world.inventory.generate import generate
from emulators.world.inventory.load import loads
from emulators.world.inventory.spec import HaSpec, Inventory, parse_size
from emulators.world.model import Allocation, Task, TaskState, Vm
from tests.unit.cmdb.proof.datacenter import Datacenter

PRIORITIES: Final = ("", "highest", "high", "medium", "low", "lowest", "disabled")
DIMMS: Final = 8
AWKWARD: Final = Path(__file__).with_name("awkward.yaml")


def redundant(folder: Path) -> Datacenter:
    """Twelve hosts, high availability with admission control, as generated."""
    return Datacenter(folder, generate(11, hosts=12, vms=120), seed=11)


def unprotected(folder: Path) -> Datacenter:
    """High availability is off: what dies with its host stays dead."""
    return Datacenter(folder, _with_ha(generate(23, hosts=8, vms=60), enabled=False), seed=23)


def full(folder: Path) -> Datacenter:
    """The VMs' memory is reserved and fills the hosts, admission control is off: not everything finds room.  Priorities of all kinds."""
    inventory = _with_ha(generate(5, hosts=8, vms=90), admission_control=False)
    made = Datacenter(folder, _tight(inventory, 1.35), seed=5)
    chance = random.Random(5)
    for vm in made.all(Vm):
        if not vm.template:
            reserve(made, vm, share=chance.uniform(0.7, 1.0), priority=chance.choice(PRIORITIES))
    return made


def awkward(folder: Path) -> Datacenter:
    """Datastores and networks that some hosts of a cluster lack, pools with limits, rack servers, a host on its own, Nova's hosts."""
    made = Datacenter(folder, loads(AWKWARD.read_text()), seed=3)
    for vm in made.all(Vm):
        if "reserved" in vm.tags:
            reserve(made, vm, share=1.0, priority="")
    return made


def reserve(made: Datacenter, vm: Vm, *, share: float, priority: str) -> None:
    """Promise a VM a share of its memory, and give it a priority for restarts."""
    memory = Allocation(reservation=int(vm.memory_bytes * share) // MIB)
    made.do(ReconfigureVm(vm=vm.uid, settings=VmSettings(memory=memory, restart_priority=priority)))
    for task in made.world.state.where(Task, "state", TaskState.RUNNING):
        made.do(CompleteTask(task=task.uid))


def _with_ha(inventory: Inventory, **settings: Any) -> Inventory:
    ha = HaSpec(**settings)
    return msgspec.structs.replace(inventory, clusters=[msgspec.structs.replace(one, ha=ha) for one in inventory.clusters])


def _tight(inventory: Inventory, slack: float) -> Inventory:
    """With blades that have *slack* times the memory that their VMs were given, on average."""
    given = sum(parse_size(one.memory or inventory.vm_classes[one.cls].memory) for one in inventory.vms if one.power == "on")
    hosts = sum(len(cluster.hosts) for cluster in inventory.clusters if cluster.flavor == "esxi")
    gib = int(given * slack / hosts) // GIB // DIMMS + 1
    hardware = {name: msgspec.structs.replace(one, memory=f"{gib * DIMMS}GiB", dimms=DIMMS) for name, one in inventory.hardware.items()}
    return msgspec.structs.replace(inventory, hardware=hardware)
