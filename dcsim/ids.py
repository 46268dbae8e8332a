"""Ids that derive from a seed and a path, so that the same seed gives the same ids run after run."""

from __future__ import annotations

import base64
import hashlib
import random
import uuid

MAC_BYTES = 6


def digest(seed: int | str, *path: int | str) -> bytes:
    """32 bytes that depend on the seed and every part of the path."""
    return hashlib.sha256("\x1f".join(str(part) for part in (seed, *path)).encode()).digest()


def uid_for(kind: str, seed: int | str, *path: int | str) -> str:
    """The uid of a thing: its kind and 60 bits, e.g. ``vm-k3tq6zrw2c4a``."""
    return f"{kind}-{base64.b32encode(digest(seed, kind, *path)[:8])[:12].decode().lower()}"


def uuid_for(seed: int | str, *path: int | str) -> str:
    """A version 4 (random form) UUID, lower case with dashes."""
    return str(uuid.UUID(bytes=digest(seed, "uuid", *path)[:16], version=4))


def mac_for(prefix: str, seed: int | str, *path: int | str) -> str:
    """A MAC address under ``prefix`` (some leading octets, e.g. ``00:50:56``)."""
    head = prefix.lower().split(":")
    tail = digest(seed, "mac", *path)[: MAC_BYTES - len(head)]
    return ":".join(head + [f"{octet:02x}" for octet in tail])


def random_for(seed: int | str, *path: int | str) -> random.Random:
    """A generator of its own for one purpose, so that draws elsewhere don't shift its numbers."""
    return random.Random(digest(seed, *path))  # noqa: S311 - simulation, not cryptography
