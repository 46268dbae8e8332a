"""Servers as configuration sees them: which blade or rack server a DN means, who has it, and what users set on it."""

from __future__ import annotations

import re
from typing import Final

from dcsim.errors import InvalidArgument
from emulators.ucs.config.transaction import Transaction
from emulators.world.identity import parse_blade_dn, profile_dn
from emulators.world.model import Blade, Chassis, RackServer, Server, ServiceProfile
from emulators.world.state import WorldState

_RACK_DN: Final = re.compile(r"sys/rack-unit-(\d{1,9})")


def server_class(dn: str) -> str:
    """The class of the object at a server's DN."""
    return "computeRackUnit" if _RACK_DN.fullmatch(dn) else "computeBlade"


def server_at(state: WorldState, domain: str, dn: str) -> Server | None:
    """The server of a DN; None when there is none in that slot, or of that number."""
    rack = _RACK_DN.fullmatch(dn)
    if rack is not None:
        return next((one for one in state.where(RackServer, "domain", domain) if one.unit == int(rack[1])), None)
    try:
        number, slot = parse_blade_dn(dn)
    except InvalidArgument:
        return None
    chassis = next((one for one in state.where(Chassis, "domain", domain) if one.slot == number), None)
    blades = state.where(Blade, "chassis", chassis.uid) if chassis is not None else []
    return next((blade for blade in blades if blade.slot == slot), None)


def occupant(tx: Transaction, dn: str, blade: Server) -> str:
    """The DN of the service profile that has a server, or is about to; empty when it is free."""
    setting = tx.setting(dn)
    if setting is not None and setting.props.get("assignedToDn"):
        return setting.props["assignedToDn"]
    profile = tx.state.maybe(ServiceProfile, blade.profile) if blade.profile else None
    return profile_dn(profile) if profile is not None else ""


def is_usable(blade: Server) -> bool:
    """Whether a profile could be associated with a server."""
    return blade.present and blade.operable and blade.discovered and blade.commissioned


def entity_of(tx: Transaction, dn: str) -> ServiceProfile | None:
    """The world's service profile of a DN."""
    return next((one for one in tx.state.where(ServiceProfile, "dn", dn) if one.domain == tx.domain), None)
