"""Resource pools: made, configured, moved, dissolved; what they promise is checked against what their parent has left."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from dcsim.errors import AlreadyExists, InsufficientResources, InvalidArgument, NotSupported
from emulators.world import capacity, placement, pool_capacity
from emulators.world.commands import Command, Effect, Operation, begins, decides, finishes
from emulators.world.decide import Decision
from emulators.world.decisions.hosting import owner_of_pool
from emulators.world.decisions.operations import require_free
from emulators.world.decisions.vms import VM_MOVED
from emulators.world.events import declare
from emulators.world.model import Allocation, Entity, Power, ResourcePool, Vm
from emulators.world.state import WorldState

POOL_CREATED = declare("dcsim.compute.resource_pool.created", "A resource pool was made")
POOL_CHANGED = declare("dcsim.compute.resource_pool.changed", "A resource pool was renamed or given another share")
POOL_MOVED = declare("dcsim.compute.resource_pool.moved", "A resource pool moved under another one")
POOL_DELETED = declare("dcsim.compute.resource_pool.deleted", "A resource pool was dissolved")

MAX_DEPTH = 8
"""Levels of pools below the root (vSphere Configuration Maximums)."""


class CreatePool(Command, frozen=True, kw_only=True, tag="pool.create"):
    """Make a pool under another one."""

    parent: str
    name: str
    cpu: Allocation = Allocation(expandable=True)
    memory: Allocation = Allocation(expandable=True)


class ConfigurePool(Command, frozen=True, kw_only=True, tag="pool.configure"):
    """Rename a pool or change its share; what is UNSET stays."""

    pool: str
    name: str | UnsetType = UNSET
    cpu: Allocation | UnsetType = UNSET
    memory: Allocation | UnsetType = UNSET


class MoveIntoPool(Command, frozen=True, kw_only=True, tag="pool.move_into"):
    """Put VMs and pools (``members``: uids) of the same cluster or host into a pool, all or nothing."""

    pool: str
    members: tuple[str, ...]


class DestroyPoolChildren(Command, frozen=True, kw_only=True, tag="pool.destroy_children"):
    """Dissolve every pool below this one; their VMs come into this one."""

    pool: str


class DestroyPool(Operation, frozen=True, kw_only=True, tag="pool.destroy"):
    """Dissolve a pool; its VMs and pools come into its parent."""

    LABEL: ClassVar[str] = "Delete resource pool"
    SUBJECT: ClassVar[str] = "pool"
    SECONDS: ClassVar[float] = 1.0
    pool: str


def is_root(state: WorldState, pool: ResourcePool) -> bool:
    """Whether the pool is the one that a cluster or host has by itself."""
    return state.maybe(ResourcePool, pool.parent) is None


@decides(CreatePool)
def create(decision: Decision, command: CreatePool) -> str:
    """The pool exists; answers its uid."""
    parent = decision.get(ResourcePool, command.parent)
    _require_name(decision, command.name, parent.uid)
    _check_depth(decision, parent, 1)
    for field, share in (("cpu", command.cpu), ("memory", command.memory)):
        _check_share(field, share)
    _require_promise(decision, parent, command.cpu.reservation, command.memory.reservation)
    made = decision.create(
        POOL_CREATED, ResourcePool, name=command.name, site=parent.site, parent=parent.uid, cpu=command.cpu, memory=command.memory
    )
    return made.uid


@decides(ConfigurePool)
def configure(decision: Decision, command: ConfigurePool) -> None:
    """The new share holds, if the parent can promise what is more than before."""
    pool = decision.get(ResourcePool, command.pool)
    given = {name: value for name in ("name", "cpu", "memory") if (value := getattr(command, name)) is not UNSET}
    if is_root(decision.state, pool):
        raise NotSupported("The root resource pool of a host or cluster cannot be changed.", subject=pool.uid)
    if given.get("name", pool.name) != pool.name:
        _require_name(decision, given["name"], pool.parent)
    cpu, memory = given.get("cpu", pool.cpu), given.get("memory", pool.memory)
    _check_share("cpu", cpu)
    _check_share("memory", memory)
    more_cpu, more_memory = cpu.reservation - pool.cpu.reservation, memory.reservation - pool.memory.reservation
    _require_promise(decision, decision.get(ResourcePool, pool.parent), more_cpu, more_memory)
    decision.update(POOL_CHANGED, pool, **given)


@decides(MoveIntoPool)
def move_into(decision: Decision, command: MoveIntoPool) -> None:
    """All of them are in the pool."""
    pool = decision.get(ResourcePool, command.pool)
    for uid in command.members:
        member = decision.get(Entity, uid)
        if isinstance(member, Vm):
            _move_vm(decision, pool, member)
        elif isinstance(member, ResourcePool):
            _move_pool(decision, pool, member)
        else:
            raise InvalidArgument(f"{member.name} is neither a VM nor a resource pool.", subject=uid, field="members")


@decides(DestroyPoolChildren)
def destroy_children(decision: Decision, command: DestroyPoolChildren) -> None:
    """No pool is left below; deepest first."""
    for child in decision.state.where(ResourcePool, "parent", command.pool):
        destroy_children(decision, DestroyPoolChildren(pool=child.uid))
        _dissolve(decision, child)


@begins(DestroyPool)
def begin_destroy(decision: Decision, operation: DestroyPool) -> None:
    """A cluster keeps its root pool, and two children of the parent must not end up with one name."""
    pool = decision.get(ResourcePool, operation.pool)
    if is_root(decision.state, pool):
        raise NotSupported("The root resource pool of a host or cluster cannot be deleted.", subject=pool.uid)
    decision.rehearse(lambda: _dissolve(decision, pool))


@finishes(DestroyPool, effect=False)
def finish_destroy(decision: Decision, operation: DestroyPool, _: Effect) -> None:
    """The pool is gone."""
    _dissolve(decision, decision.get(ResourcePool, operation.pool))


def _dissolve(decision: Decision, pool: ResourcePool) -> None:
    parent = decision.get(ResourcePool, pool.parent)
    for vm in decision.state.where(Vm, "pool", pool.uid):
        decision.update(VM_MOVED, vm, pool=parent.uid)
    for child in decision.state.where(ResourcePool, "parent", pool.uid):
        _require_name(decision, child.name, parent.uid, but=pool.uid)
        decision.update(POOL_MOVED, child, parent=parent.uid)
    decision.delete(POOL_DELETED, pool)


def _move_vm(decision: Decision, pool: ResourcePool, vm: Vm) -> None:
    require_free(decision, vm.uid, vm.name)
    current = decision.state.maybe(ResourcePool, vm.pool)
    if current is None or not _together(decision.state, current, pool):
        raise InvalidArgument(f"{vm.name} does not run on the cluster or host of pool {pool.name}.", subject=vm.uid, field="members")
    if vm.power is Power.ON:
        decision.rehearse(lambda: _require_promised(decision, pool, vm))
    decision.update(VM_MOVED, vm, pool=pool.uid)


def _require_promised(decision: Decision, pool: ResourcePool, vm: Vm) -> None:
    """Raise InsufficientResources unless the pool could start the VM, were it off."""
    moved = decision.update(VM_MOVED, vm, pool=pool.uid, power=Power.OFF)
    if not placement.pool_admits(decision.state, moved):
        raise InsufficientResources(
            f"Resource pool {pool.name} cannot promise {vm.name} what it reserves.",
            subject=pool.uid,
            resource="cpu" if vm.cpu.reservation else "memory",
        )


def _move_pool(decision: Decision, target: ResourcePool, pool: ResourcePool) -> None:
    if is_root(decision.state, pool) or not _together(decision.state, pool, target):
        raise InvalidArgument(f"Pool {pool.name} cannot leave its cluster or host.", subject=pool.uid, field="members")
    if target.uid in _below(decision.state, pool.uid):
        raise InvalidArgument(f"Pool {target.name} lies inside {pool.name}.", subject=pool.uid, field="members")
    if pool.parent == target.uid:
        return
    _require_name(decision, pool.name, target.uid)
    _check_depth(decision, target, _height(decision.state, pool.uid))
    _require_promise(decision, target, pool.cpu.reservation, pool.memory.reservation)
    decision.update(POOL_MOVED, pool, parent=target.uid)


def _together(state: WorldState, one: ResourcePool, other: ResourcePool) -> bool:
    return owner_of_pool(state, one).uid == owner_of_pool(state, other).uid


def _below(state: WorldState, uid: str) -> set[str]:
    """The pool itself and all that lie in it."""
    return {uid}.union(*(_below(state, child.uid) for child in state.where(ResourcePool, "parent", uid)))


def _height(state: WorldState, uid: str) -> int:
    return 1 + max((_height(state, child.uid) for child in state.where(ResourcePool, "parent", uid)), default=0)


def _check_depth(decision: Decision, parent: ResourcePool, height: int) -> None:
    depth, above = height, decision.state.maybe(ResourcePool, parent.parent)
    while above is not None:
        depth, above = depth + 1, decision.state.maybe(ResourcePool, above.parent)
    if depth > MAX_DEPTH:
        raise NotSupported(f"Resource pools nest at most {MAX_DEPTH} deep.", subject=parent.uid)


def _require_name(decision: Decision, name: str, parent: str, but: str = "") -> None:
    if not name.strip():
        raise InvalidArgument("A resource pool needs a name.", field="name")
    for sibling in decision.state.where(ResourcePool, "parent", parent):
        if sibling.name == name and sibling.uid != but:
            raise AlreadyExists(f"The name '{name}' already exists.", subject=sibling.uid, field="name")


def _check_share(field: str, share: Allocation) -> None:
    if share.reservation < 0 or (share.limit != -1 and share.limit < share.reservation):
        raise InvalidArgument(f"A pool's {field} reservation lies between 0 and its limit.", field=field)
    if share.level == "custom" and share.shares <= 0:
        raise InvalidArgument(f"Custom {field} shares are a positive number.", field=field)


def _require_promise(decision: Decision, parent: ResourcePool, cpu_mhz: int, memory_mib: int) -> None:
    """Raise InsufficientResources when the parent, with what it may borrow, cannot promise so much more."""
    left = pool_capacity.pool_runtime(decision.state, parent)
    for resource, wanted, free in (
        ("cpu", cpu_mhz, left.cpu.unreserved_for_vm),
        ("memory", memory_mib * capacity.MIB, left.memory.unreserved_for_vm),
    ):
        if wanted > max(free, 0):
            raise InsufficientResources(
                f"Resource pool {parent.name} can promise {free} more of {resource}, not {wanted}.", subject=parent.uid, resource=resource
            )
