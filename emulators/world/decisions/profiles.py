"""Service profiles and the servers that take their identity: what associating one means for the host on the server (law 1)."""

from __future__ import annotations

import msgspec

from dcsim.errors import InvalidState
from emulators.world.decide import Decision
from emulators.world.events import Change, Updated, declare
from emulators.world.model import BladePower, Chassis, Entity, Hypervisor, Server, ServiceProfile

PROFILE_CREATED = declare("dcsim.hardware.service_profile.created", "A service profile was made")
PROFILE_CHANGED = declare("dcsim.hardware.service_profile.changed", "The identity that a service profile gives was changed")
PROFILE_DELETED = declare("dcsim.hardware.service_profile.deleted", "A service profile was deleted")
BLADE_ASSOCIATED = declare("dcsim.hardware.blade.associated", "A server took the identity of a service profile")
BLADE_COMMISSIONED = declare("dcsim.hardware.blade.commissioned", "A server was taken out of service, or into service again")
CHASSIS_COMMISSIONED = declare("dcsim.hardware.chassis.commissioned", "A chassis was taken out of service, or into service again")
BLADE_DISASSOCIATED = declare("dcsim.hardware.blade.disassociated", "A server gave the identity of its service profile up")


def associate(decision: Decision, profile: ServiceProfile, blade: Server, power: BladePower, *, from_lun: bool = False) -> None:
    """The blade has the profile's UUID, MACs and WWNs, and its host the profile's name.

    ``from_lun``: the host's disk is the profile's boot LUN, so the host goes where the profile goes.  Refused with InvalidState when either
    has another partner, or the blade has not been discovered.
    """
    if blade.profile or profile.blade:
        raise InvalidState(f"{blade.name} or {profile.name} is associated already.", subject=blade.uid, existing="associated")
    if not blade.discovered:
        raise InvalidState(f"{blade.name} has not been discovered yet.", subject=blade.uid, existing="undiscovered")
    host = _host_to_boot(decision, profile, blade, from_lun=from_lun)
    changes: list[Change] = [
        _changed(profile, blade=blade.uid, host=host.uid if host and from_lun else ""),
        _changed(blade, profile=profile.uid, power=power),
    ]
    if host is not None:
        name = profile.name if decision.state.one(Hypervisor, "name", profile.name) is None else host.name
        changes.append(_changed(host, name=name, blade=blade.uid))
    decision.emit(BLADE_ASSOCIATED, blade.uid, *changes, detail={"profile": profile.name})


def _host_to_boot(decision: Decision, profile: ServiceProfile, blade: Server, *, from_lun: bool) -> Hypervisor | None:
    """The host on the profile's LUN, unless it has none or another is installed on the blade."""
    installed = decision.state.one(Hypervisor, "blade", blade.uid)
    follows = decision.state.maybe(Hypervisor, profile.host) if from_lun and profile.host else None
    return installed or follows


def disassociate(decision: Decision, profile: ServiceProfile) -> None:
    """The blade is off and has its own identity again; what ran on it is down."""
    blade = decision.get(Server, profile.blade)
    changes = (_changed(profile, blade=""), _changed(blade, profile="", power=BladePower.OFF))
    decision.emit(BLADE_DISASSOCIATED, blade.uid, *changes, detail={"profile": profile.name})


def commission(decision: Decision, blade: Server, *, commissioned: bool) -> None:
    """Take a server that no profile has into service, or out of it, which switches it off."""
    power = blade.power if commissioned else BladePower.OFF
    decision.update(BLADE_COMMISSIONED, blade, commissioned=commissioned, power=power)


def commission_chassis(decision: Decision, chassis: Chassis, *, commissioned: bool) -> None:
    """Take a chassis into service, or out of it; its blades are a matter of their own."""
    decision.update(CHASSIS_COMMISSIONED, chassis, commissioned=commissioned)


def _changed(old: Entity, **fields: object) -> Updated:
    changed = {name: value for name, value in fields.items() if getattr(old, name) != value}
    return Updated(old, msgspec.structs.replace(old, **changed, version=old.version + 1), tuple(changed))
