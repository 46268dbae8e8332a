"""Whole worlds: brought back to a checkpoint, and forked off."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dcsim.errors import Busy
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.events import Change, Created, Deleted, Updated, declare
from emulators.world.model import Entity, RememberedRequest, Snapshot, Task, TaskState, Vm, World, decode_entity

WORLD_RESTORED = declare("dcsim.world.checkpoint.restored", "Things went back to a checkpoint")
WORLD_FORKED = declare("dcsim.world.world.forked", "A copy of a world became a world of its own")
CHUNK = 500
KEPT_KINDS = frozenset({Task.KIND, World.KIND, RememberedRequest.KIND})
"""What a restore leaves alone: the history of work, what was asked, and the world's own record with its clock."""


class RestoreWorld(Command, frozen=True, kw_only=True, tag="world.restore"):
    """Bring everything back to ``entities`` ((kind, journal form) each), as checkpoint ``name`` has them."""

    name: str
    entities: tuple[tuple[str, bytes], ...]


class ForkWorld(Command, frozen=True, kw_only=True, tag="world.fork"):
    """Make the copy that this is a world of its own: another uid, its machines simulated; with another ``timing`` when one is named."""

    name: str
    timing: str = ""


@decides(RestoreWorld)
def restore(decision: Decision, command: RestoreWorld) -> None:
    """All of it or nothing; refused while tasks run."""
    running = decision.state.where(Task, "state", TaskState.RUNNING)
    if running:
        raise Busy(f"{len(running)} tasks are running; wait for them before restoring a checkpoint.", task=running[0].uid)
    target = {entity.uid: entity for entity in (decode_entity(kind, data) for kind, data in command.entities if kind not in KEPT_KINDS)}
    changes = list(_differences(decision, target))
    subject = decision.state.all(World)[0].uid
    for start in range(0, len(changes), CHUNK):
        decision.emit(WORLD_RESTORED, subject, *changes[start : start + CHUNK], detail={"checkpoint": command.name})


def _differences(decision: Decision, target: dict[str, Entity]) -> Iterator[Change]:
    for entity in list(decision.state):
        if entity.KIND not in KEPT_KINDS and entity.uid not in target:
            yield Deleted(entity)
    for uid, wanted in target.items():
        present = decision.state.find(uid)
        if present is None:
            yield Created(wanted)
            continue
        fields = tuple(name for name in wanted.__struct_fields__ if name != "version" and getattr(wanted, name) != getattr(present, name))
        if fields:
            yield Updated(present, msgspec.structs.replace(wanted, version=present.version + 1), fields)


@decides(ForkWorld)
def fork(decision: Decision, command: ForkWorld) -> str:
    """The copy's own record and machines; answers its uid."""
    parent = decision.state.all(World)[0]
    own = msgspec.structs.replace(parent, uid=decision.new_uid(World.KIND), name=command.name, parent=parent.uid, version=1)
    if command.timing:
        own = msgspec.structs.replace(own, timing=command.timing)
    decision.emit(WORLD_FORKED, own.uid, Deleted(parent), Created(own))
    changes = [*_simulated(decision), *_without_files(decision)]
    for start in range(0, len(changes), CHUNK):
        decision.emit(WORLD_FORKED, own.uid, *changes[start : start + CHUNK])
    return own.uid


def _simulated(decision: Decision) -> Iterator[Updated]:
    for vm in decision.state.all(Vm):
        if vm.machine == "docker":
            yield Updated(vm, msgspec.structs.replace(vm, machine="simulated", version=vm.version + 1), ("machine",))


def _without_files(decision: Decision) -> Iterator[Updated]:
    """Snapshots' files stay with the parent's containers; the copy's are hardware only."""
    for snapshot in decision.state.all(Snapshot):
        if snapshot.machine_ref:
            yield Updated(snapshot, msgspec.structs.replace(snapshot, machine_ref="", version=snapshot.version + 1), ("machine_ref",))
