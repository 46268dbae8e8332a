"""How a volume goes: with its disk, and the engine's volume behind that."""

from __future__ import annotations

from typing import ClassVar

from emulators.conductor.effects import effect
from emulators.conductor.hands import Hands
from emulators.openstack.volume import events
from emulators.openstack.volume.attaching import set_status
from emulators.openstack.volume.records import CinderVolume
from emulators.openstack.volume.storage import drop_disk
from emulators.world.commands import Effect, Operation, begins, fails, finishes
from emulators.world.decide import Decision


class RemoveVolume(Operation, frozen=True, kw_only=True, tag="cinder.volume.remove"):
    """Delete a volume that may be deleted."""

    LABEL: ClassVar[str] = "Delete volume"
    SUBJECT: ClassVar[str] = "volume"
    LOCKS: ClassVar[bool] = False
    SECONDS: ClassVar[float] = 2.0
    volume: str


@begins(RemoveVolume)
def begin_remove(d: Decision, operation: RemoveVolume) -> None:
    """It is being deleted."""
    set_status(d, d.get(CinderVolume, operation.volume), "deleting")


@effect(RemoveVolume)
async def remove_engine_volume(hands: Hands, operation: RemoveVolume) -> Effect:
    """The engine's volume goes, if one was ever made."""
    volume = hands.state.maybe(CinderVolume, operation.volume)
    if volume is not None and volume.disk:
        await hands.remove_volume(volume.disk)
    return Effect()


@finishes(RemoveVolume)
def finish_remove(d: Decision, operation: RemoveVolume, _: Effect) -> None:
    """It is gone."""
    volume = d.state.maybe(CinderVolume, operation.volume)
    if volume is not None:
        drop_disk(d, volume.disk)
        d.delete(events.VOLUME_DELETED, volume)


@fails(RemoveVolume)
def fail_remove(d: Decision, operation: RemoveVolume, _: str) -> None:
    """It could not be deleted."""
    volume = d.state.maybe(CinderVolume, operation.volume)
    if volume is not None:
        set_status(d, volume, "error_deleting")
