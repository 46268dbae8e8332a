"""Finding what a caller may see; what belongs to others is not found."""

from __future__ import annotations

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


def _mine(credentials: Credentials, one: Owned | None) -> bool:
    return one is not None and (credentials.admin or one.project == credentials.project)


def find_volume(state: WorldState, credentials: Credentials, uid: str) -> CinderVolume:
    """The volume; raises Fault 404."""
    found = state.maybe(CinderVolume, uid)
    if found is None or not _mine(credentials, found):
        raise Fault(404, f"Volume {uid} could not be found.")
    return found


def find_snapshot(state: WorldState, credentials: Credentials, uid: str) -> CinderSnapshot:
    """The snapshot; raises Fault 404."""
    found = state.maybe(CinderSnapshot, uid)
    if found is None or not _mine(credentials, found):
        raise Fault(404, f"Snapshot {uid} could not be found.")
    return found


def find_backup(state: WorldState, credentials: Credentials, uid: str) -> CinderBackup:
    """The backup; raises Fault 404."""
    found = state.maybe(CinderBackup, uid)
    if found is None or not _mine(credentials, found):
        raise Fault(404, f"Backup {uid} could not be found.")
    return found


def find_group(state: WorldState, credentials: Credentials, uid: str) -> CinderGroup:
    """The group; raises Fault 404."""
    found = state.maybe(CinderGroup, uid)
    if found is None or not _mine(credentials, found):
        raise Fault(404, f"Group {uid} could not be found.")
    return found


def find_group_snapshot(state: WorldState, credentials: Credentials, uid: str) -> CinderGroupSnapshot:
    """The group snapshot; raises Fault 404."""
    found = state.maybe(CinderGroupSnapshot, uid)
    if found is None or not _mine(credentials, found):
        raise Fault(404, f"GroupSnapshot {uid} could not be found.")
    return found


def find_attachment(state: WorldState, credentials: Credentials, uid: str) -> CinderAttachment:
    """The attachment; raises Fault 404."""
    found = state.maybe(CinderAttachment, uid)
    if found is None or not _mine(credentials, found):
        raise Fault(404, f"Volume attachment could not be found with filter: attachment_id = {uid}.")
    return found


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
