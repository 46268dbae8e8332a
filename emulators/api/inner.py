"""What lies within entities, with every field said; stored structs leave out what is as by default, and readers of columns want it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import asdict

from emulators.world.model import Application, Blade, RackServer, ResourcePool, ServiceProfile
from emulators.world.state import WorldState


def _all(field: str) -> Callable[[WorldState, Any], list[dict[str, Any]]]:
    """Every struct of a list."""
    return lambda _, entity: [asdict(one) for one in getattr(entity, field)]


def _whole(field: str) -> Callable[[WorldState, Any], dict[str, Any]]:
    """One struct."""
    return lambda _, entity: asdict(getattr(entity, field))


def _tiers(_: WorldState, application: Application) -> list[dict[str, Any]]:
    """An application's tiers: name, VMs, and how many of them keep it up."""
    return [{"name": name, "vms": list(vms), "needed": application.needed.get(name, 1)} for name, vms in application.tiers.items()]


_HARDWARE: Final = {name: _all(name) for name in ("dimms", "disks", "adapters")}
CONTENTS: Final[dict[str, dict[str, Callable[[WorldState, Any], Any]]]] = {
    Blade.KIND: _HARDWARE,
    RackServer.KIND: _HARDWARE,
    ServiceProfile.KIND: {"vnics": _all("vnics"), "vhbas": _all("vhbas")},
    ResourcePool.KIND: {"cpu": _whole("cpu"), "memory": _whole("memory")},
    Application.KIND: {"tier_list": _tiers},
    "neutron_port": {"fixed_ips": _all("fixed_ips")},
}
"""By kind and field."""
