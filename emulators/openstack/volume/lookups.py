"""Finding what a caller may see; what belongs to others is not found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from emulators.openstack.call import Call
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.volume.records import (
    CinderAttachment,
    CinderBackup,
    CinderDefaultType,
    CinderGroup,
    CinderGroupSnapshot,
    CinderSnapshot,
    CinderTransfer,
    CinderType,
    CinderVolume,
)
from emulators.openstack.volume.seed import BACKEND
from emulators.world.state import WorldState

Owned = CinderVolume | CinderSnapshot | CinderBackup | CinderGroup | CinderGroupSnapshot | CinderAttachment | CinderTransfer
R = TypeVar("R", bound=Owned)


def _mine(credentials: Credentials, one: Owned | None) -> bool:
    return one is not None and (credentials.admin or one.project == credentials.project)


def _finder(kind: type[R], sentence: str) -> Callable[[WorldState, Credentials, str], R]:
    """What finds a caller's record of a kind by its id; the sentence says that there is none."""

    def find(state: WorldState, credentials: Credentials, uid: str) -> R:
        found = state.maybe(kind, uid)
        if found is None or not _mine(credentials, found):
            raise Fault(404, sentence.format(uid))
        return found

    find.__doc__ = f"The {kind.__name__} of an id; raises Fault 404."
    return find


find_volume: Final = _finder(CinderVolume, "Volume {} could not be found.")
find_snapshot: Final = _finder(CinderSnapshot, "Snapshot {} could not be found.")
find_backup: Final = _finder(CinderBackup, "Backup {} could not be found.")
find_group: Final = _finder(CinderGroup, "Group {} could not be found.")
find_group_snapshot: Final = _finder(CinderGroupSnapshot, "GroupSnapshot {} could not be found.")
find_attachment: Final = _finder(CinderAttachment, "Volume attachment could not be found with filter: attachment_id = {}.")
find_transfer: Final = _finder(CinderTransfer, "Transfer {} could not be found.")


def usable(credentials: Credentials, type_: CinderType) -> bool:
    """Whether a volume type is for the caller."""
    return type_.public or credentials.admin or credentials.project in type_.projects


def find_type(state: WorldState, credentials: Credentials, name: str) -> CinderType:
    """The volume type of that id or name; raises Fault 404."""
    found = state.maybe(CinderType, name) or next(iter(state.where(CinderType, "name", name)), None)
    if found is None or not usable(credentials, found):
        raise Fault(404, f"Volume type {name} could not be found.")
    return found


def target_type(call: Call) -> CinderType:
    """The volume type that a request's path names (``type_id``); raises Fault 404."""
    return find_type(call.state, call.credentials, call.path["type_id"])


def default_type(state: WorldState, project: str) -> CinderType | None:
    """The type of volumes for which none is named: the project's own default, else the deployment's."""
    own = state.one(CinderDefaultType, "name", project)
    return (
        (state.maybe(CinderType, own.type) if own else None)
        or state.one(CinderType, "name", BACKEND)
        or next(iter(state.all(CinderType)), None)
    )
