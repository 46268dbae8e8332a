"""Servers as configuration sees them: which blade a DN means, who has it, and what users set on it."""

from __future__ import annotations

from dcsim.errors import InvalidArgument
from emulators.ucs.config.transaction import Transaction
from emulators.world.identity import parse_blade_dn, profile_dn
from emulators.world.model import Blade, Chassis, ServiceProfile
from emulators.world.state import WorldState


def blade_at(state: WorldState, domain: str, dn: str) -> Blade | None:
    """The blade of a DN; None when there is none in that slot."""
    try:
        number, slot = parse_blade_dn(dn)
    except InvalidArgument:
        return None
    chassis = next((one for one in state.where(Chassis, "domain", domain) if one.slot == number), None)
    blades = state.where(Blade, "chassis", chassis.uid) if chassis is not None else []
    return next((blade for blade in blades if blade.slot == slot), None)


def occupant(tx: Transaction, dn: str, blade: Blade) -> str:
    """The DN of the service profile that has a blade, or is about to; empty when it is free."""
    setting = tx.setting(dn)
    if setting is not None and setting.props.get("assignedToDn"):
        return setting.props["assignedToDn"]
    profile = tx.state.maybe(ServiceProfile, blade.profile) if blade.profile else None
    return profile_dn(profile) if profile is not None else ""


def is_usable(blade: Blade) -> bool:
    """Whether a profile could be associated with a blade."""
    return blade.present and blade.operable and blade.discovered and blade.commissioned


def entity_of(tx: Transaction, dn: str) -> ServiceProfile | None:
    """The world's service profile of a DN."""
    return next((one for one in tx.state.where(ServiceProfile, "dn", dn) if one.domain == tx.domain), None)
