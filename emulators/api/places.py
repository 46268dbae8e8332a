"""Where things stand in the vendors' trees: DNs of hardware in UCS, folders in vCenter, volumes at servers."""

from __future__ import annotations

from typing import Any, Final

from emulators.world.identity import rack_dn
from emulators.world.model import KINDS, Chassis, FabricInterconnect, Fan, FiPort, IoModule, PowerSupply, RackServer
from emulators.world.state import WorldState

_SLOTS: Final = {"A": 1, "B": 2}
"""The slots of a chassis' I/O modules: left is fabric A's."""
_LETTERS: Final = {"datacenter": "d", "vm": "v", "host": "h", "datastore": "s", "network": "n"}
"""What stands in the ids of folders for what they hold."""


def chassis(_: WorldState, found: Chassis) -> str:
    """``sys/chassis-1``; empty while it is out of service."""
    return f"sys/chassis-{found.slot}" if found.commissioned else ""


def interconnect(_: WorldState, found: FabricInterconnect) -> str:
    """``sys/switch-A``."""
    return f"sys/switch-{found.leg}"


def port(state: WorldState, found: FiPort) -> str:
    """``sys/switch-A/slot-1/switch-ether/port-1``."""
    owner = state.maybe(FabricInterconnect, found.fabric_interconnect)
    return f"sys/switch-{owner.leg}/slot-{found.slot}/switch-ether/port-{found.port}" if owner is not None else ""


def module(state: WorldState, found: IoModule) -> str:
    """``sys/chassis-1/slot-1``."""
    return _within(state, found.chassis, f"slot-{_SLOTS.get(found.leg, 1)}")


def supply(state: WorldState, found: PowerSupply) -> str:
    """``sys/chassis-1/psu-1``."""
    return _within(state, found.chassis, f"psu-{found.slot}")


def fan(state: WorldState, found: Fan) -> str:
    """``sys/chassis-1/fan-module-1-1``."""
    return _within(state, found.chassis, f"fan-module-1-{found.slot}")


def _within(state: WorldState, uid: str, name: str) -> str:
    enclosure = state.find(uid)
    if isinstance(enclosure, RackServer):
        return f"{rack_dn(enclosure)}/{name}" if enclosure.commissioned else ""
    above = chassis(state, enclosure) if isinstance(enclosure, Chassis) else ""
    return f"{above}/{name}" if above else ""


def folder_moid(folder: Any) -> str:
    """``group-v12``; vCenter's root folder is ``group-d1``."""
    letter = _LETTERS[str(folder.holds)]
    return f"group-{letter}{folder.number if folder.parent else 1}"


def attached_to(state: WorldState, volume: Any) -> list[str]:
    """The ids of the servers that a volume of Cinder is attached to."""
    found: list[Any] = list(state.where(KINDS["cinder_attachment"], "volume", volume.uid))
    return list(dict.fromkeys(one.server for one in found if one.server and one.status in {"attached", "detaching"}))
