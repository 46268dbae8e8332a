"""``ResourceAllocationInfo`` ↔ the world's allocations."""

from __future__ import annotations

from typing import Any

import msgspec

from emulators.vsphere.soap.faults import invalid_argument
from emulators.world.model import Allocation


def allocation(info: Any, current: Allocation, path: str) -> Allocation:
    """The allocation that ``info`` makes of the current one: what it leaves unset stays.

    ``path`` is where ``info`` stands in the request; VimFault InvalidArgument names what is out of range.
    """
    if info is None:
        return current
    given: dict[str, Any] = {}
    if info.reservation is not None:
        given["reservation"] = _at_least(info.reservation, 0, f"{path}.reservation")
    if info.limit is not None:
        given["limit"] = _at_least(info.limit, -1, f"{path}.limit")
    if info.expandableReservation is not None:
        given["expandable"] = info.expandableReservation
    if info.shares is not None:
        given["level"] = str(info.shares.level)
        given["shares"] = _at_least(info.shares.shares or 0, 0, f"{path}.shares") if given["level"] == "custom" else 0
    made = msgspec.structs.replace(current, **given)
    if made.limit not in range(-1, 0) and made.limit < made.reservation:
        raise invalid_argument(f"{path}.reservation")
    return made


def _at_least(value: int, least: int, path: str) -> int:
    if value < least:
        raise invalid_argument(path)
    return int(value)  # a VMODL long is an int of its own class, which the journal does not know
