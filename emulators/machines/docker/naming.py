"""Names and labels: how the world's uids are found again on a Docker engine.

Names are for people reading ``docker ps``; labels are what dc-sim trusts. Container names are ``dcsim-<world>-<vm name>-<vm>``, network
names ``dcsim-<world>-<network name>-<network>``, volume names ``dcsim-<world>-<volume>``, each uid shortened to eight characters.
"""

from __future__ import annotations

import hashlib
import re

import msgspec

WORLD = "dcsim.world"
VM = "dcsim.vm"
NAME = "dcsim.name"
SPEC = "dcsim.spec"
NETWORK = "dcsim.network"
MAC = "dcsim.mac"
ADDRESS = "dcsim.address"
RANGE = "dcsim.range"
GATEWAY = "dcsim.gateway"
REACHED = "dcsim.reached"
VOLUME = "dcsim.volume"
SNAPSHOT = "dcsim.snapshot"
HELPER = "dcsim.helper"

SNAPSHOT_REPOSITORY = "dcsim/snapshot"
CLONE_REPOSITORY = "dcsim/clone"

_UNSAFE = re.compile(r"[^a-zA-Z0-9_.-]+")
_HASHED = re.compile(r"[a-z2-7]{12}|[0-9a-f]{12,}")
_SHORT = 8
_LONGEST_PART = 40


def short(uid: str) -> str:
    """Eight characters that stand for a uid: the last of its hashed tail, or of a hash of it when it has none."""
    tail = uid.rpartition("-")[2].lower()
    if not _HASHED.fullmatch(tail):
        tail = hashlib.sha256(uid.encode()).hexdigest()
    return tail[-_SHORT:]


def safe(name: str) -> str:
    """A name with only what Docker allows in one."""
    return _UNSAFE.sub("-", name).strip("-.")[:_LONGEST_PART] or "unnamed"


def container_name(world: str, name: str, uid: str) -> str:
    """What ``docker ps`` shows for a VM."""
    return f"dcsim-{short(world)}-{safe(name)}-{short(uid)}"


def network_name(world: str, name: str, uid: str) -> str:
    """What ``docker network ls`` shows for a segment."""
    return f"dcsim-{short(world)}-{safe(name)}-{short(uid)}"


def volume_name(world: str, uid: str) -> str:
    """The volume of a disk; it follows from the uid alone, so that no look-up is needed."""
    return f"{volume_prefix(world)}{short(uid)}"


def volume_prefix(world: str) -> str:
    """What the names of all volumes of a world begin with."""
    return f"dcsim-{short(world)}-"


def snapshot_volume_name(world: str, ref: str, uid: str) -> str:
    """The copy of a disk's volume that a snapshot keeps."""
    return f"dcsim-{short(world)}-{short(uid)}-{ref.rpartition(':')[2]}"


def snapshot_ref(world: str, machine_id: str, snapshot_id: str) -> str:
    """The image that holds a snapshot; the tag tells machine and snapshot."""
    return f"{SNAPSHOT_REPOSITORY}:{short(world)}-{short(machine_id)}-{short(snapshot_id)}"


def clone_ref(world: str, machine_id: str) -> str:
    """The image that a cloned machine was made from."""
    return f"{CLONE_REPOSITORY}:{short(world)}-{short(machine_id)}"


def label_filter(*pairs: str, **more: list[str]) -> dict[str, str]:
    """Query parameters that select by label (``key`` or ``key=value``) and by other filters."""
    return {"filters": msgspec.json.encode({"label": list(pairs), **more}).decode()}
