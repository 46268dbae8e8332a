"""What clients keep with a thing beyond the properties that Keystone knows, and its resource options: both as JSON text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from emulators.openstack.faults import Fault


def decoded(text: str) -> dict[str, Any]:
    """The properties; none for empty text."""
    return msgspec.json.decode(text) if text else {}


def encoded(values: Mapping[str, Any]) -> str:
    """Their text; empty for none.  Raises Fault 400 for numbers that no database keeps."""
    try:
        return msgspec.json.encode(values).decode() if values else ""
    except (OverflowError, msgspec.MsgspecError) as error:
        raise Fault(400, f"A property cannot be kept: {error}.") from error


def extra_of(given: Mapping[str, Any], known: Iterable[str], before: str = "") -> str:
    """The text of the properties that are not among the known ones, on top of those from before."""
    names = {*known, "id", "links"}
    return encoded(decoded(before) | {name: value for name, value in given.items() if name not in names})


def options_of(given: Mapping[str, Any], before: str = "") -> str:
    """The text of a thing's options; an option that is set to null is taken away."""
    merged = decoded(before) | given.get("options", {})
    return encoded({name: value for name, value in merged.items() if value is not None})


def immutable(options: str) -> bool:
    """Whether a thing's options forbid changing it."""
    return decoded(options).get("immutable") is True


def require_mutable(noun: str, uid: str, options: str, given: Mapping[str, Any] | None = None) -> None:
    """Raise Fault 403 for a change (``given``) or deletion (None) of what is immutable; taking that option away is allowed."""
    if not immutable(options):
        return
    if given is None:
        raise Fault(403, f"The {noun} {uid} is immutable and cannot be deleted. Set its option immutable to false first.")
    lifts = "immutable" in given.get("options", {}) and not given["options"]["immutable"]
    if not lifts or set(given) - {"options"}:
        raise Fault(403, f"The {noun} {uid} is immutable and cannot be changed. Set its option immutable to false first.")
