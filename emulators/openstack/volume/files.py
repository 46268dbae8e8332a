"""What is written in volumes: copied where Cinder copies a volume, and removed with the copy.

Only what a container has had can have files.  Of it the engine's volumes are copied, snapshots' and backups' among them, each named by the
uid of its disk, or of its backup; whatever a copy is for is not available before it is complete.
"""

from __future__ import annotations

from typing import ClassVar, Final

from emulators.conductor.effects import effect
from emulators.conductor.hands import Hands
from emulators.machines.port import VolumeSpec
from emulators.openstack.asks import Ask
from emulators.openstack.volume.records import CinderVolume
from emulators.world.commands import Effect, Operation, begins, fails, finishes
from emulators.world.decide import Decision, run
from emulators.world.model import Disk, Vm
from emulators.world.state import WorldState

REAL: Final = "docker"


class CopyFiles(Operation, frozen=True, kw_only=True, tag="cinder.files.copy"):
    """Make the files of ``target`` those of ``source`` for a record; then ask ``then``, or ``otherwise`` when that was not possible."""

    LABEL: ClassVar[str] = "Copy volume"
    SUBJECT: ClassVar[str] = "record"
    LOCKS: ClassVar[bool] = False
    SECONDS: ClassVar[float] = 0.0
    record: str
    source: str
    target: str
    size: int
    then: str
    otherwise: str
    arguments: dict[str, str]


class RemoveFiles(Operation, frozen=True, kw_only=True, tag="cinder.files.remove"):
    """Remove the files of a copy that is no more."""

    LABEL: ClassVar[str] = "Remove copy of volume"
    SUBJECT: ClassVar[str] = "record"
    SECONDS: ClassVar[float] = 0.0
    target: str
    record: str = ""


def has_files(state: WorldState, volume: CinderVolume) -> bool:
    """Whether a container may have written in the volume."""
    disk = state.maybe(Disk, volume.disk)
    vm = state.maybe(Vm, disk.vm) if disk is not None else None
    return volume.written or (vm is not None and vm.machine == REAL)


def copy_files(d: Decision, record: str, source: str, target: str, gib: int, *, then: str, otherwise: str, **arguments: str) -> None:
    """Begin to copy files for a record; ``then`` and ``otherwise`` name what is asked at the end, with the arguments."""
    run(d, CopyFiles(record=record, source=source, target=target, size=gib << 30, then=then, otherwise=otherwise, arguments=arguments))


@begins(CopyFiles)
def begin_copy(_: Decision, __: CopyFiles) -> None:
    """Nothing changes yet."""


@begins(RemoveFiles)
def begin_removal(_: Decision, __: RemoveFiles) -> None:
    """Nothing changes yet."""


@effect(CopyFiles)
async def copy(hands: Hands, operation: CopyFiles) -> Effect:
    """Copy them on the engine."""
    world = hands.world.world_id
    target = VolumeSpec(id=operation.target, name=operation.target, size_bytes=operation.size, world=world)
    await hands.machines.copy_volume(operation.source, target)
    return Effect()


@finishes(CopyFiles)
def copied(d: Decision, operation: CopyFiles, _: Effect) -> None:
    """What they were copied for goes on."""
    run(d, Ask(ask=operation.then, arguments=operation.arguments))


@fails(CopyFiles)
def not_copied(d: Decision, operation: CopyFiles, _: str) -> None:
    """What they were copied for is in error."""
    run(d, Ask(ask=operation.otherwise, arguments=operation.arguments))


@effect(RemoveFiles)
async def remove(hands: Hands, operation: RemoveFiles) -> Effect:
    """Remove the engine's volume; one that cannot be removed is left, and the log says so."""
    await hands.remove_volume(operation.target)
    return Effect()


@finishes(RemoveFiles)
def removed(_: Decision, __: RemoveFiles, ___: Effect) -> None:
    """They are gone."""
