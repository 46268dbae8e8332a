"""How well a piece of equipment is, in the words that UCS Manager has for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VENDOR: Final = "Cisco Systems Inc"
_SENSORS: Final = ("perf", "power", "thermal", "voltage")


def condition(*, operable: bool, present: bool = True, powered: bool = True) -> dict[str, str]:
    """The properties that tell an equipment's state."""
    if not present:
        return {"operState": "removed", "operability": "removed", "presence": "missing", **dict.fromkeys(_SENSORS, "unknown")}
    state = "operable" if operable else "inoperable"
    power = "on" if powered else "off"
    shown = {"operState": state, "operability": state, "presence": "equipped", "perf": "ok", "thermal": "ok", "voltage": "ok"}
    return {**shown, "power": power if operable else "failed"}


def yes(flag: object) -> str:
    """``yes`` or ``no``."""
    return "yes" if flag else "no"


def numbered(**values: int) -> Mapping[str, str]:
    """Numbers as text."""
    return {name: str(value) for name, value in values.items()}
