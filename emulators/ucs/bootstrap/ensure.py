"""Giving each domain its first objects, once."""

from __future__ import annotations

import re
from typing import Final

from dcsim.events import Actor
from emulators.ucs import records
from emulators.ucs.bootstrap.fresh import DEFAULT_VLAN, FRESH
from emulators.ucs.bootstrap.seeded import profile_rows
from emulators.ucs.schema import naming
from emulators.ucs.schema.metadata import schema
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.engine import World
from emulators.world.model import Network, ServiceProfile, UcsDomain
from emulators.world.state import WorldState

ROOT_ORG: Final = "org-root"
_UNFIT: Final = re.compile(r"[^-.:_a-zA-Z0-9]+")
_MOST_NAME: Final = 32


class EnsureDomains(Command, frozen=True, kw_only=True, tag="ucs.ensure_domains"):
    """Make what a fresh UCS Manager has, for each domain that has nothing yet."""


@decides(EnsureDomains)
def ensure_domains(decision: Decision, _command: EnsureDomains) -> None:
    """Nothing happens where it is there."""
    for domain in decision.state.all(UcsDomain):
        if records.find(decision.state, domain.uid, ROOT_ORG) is None:
            _fill(decision, domain)


def _fill(decision: Decision, domain: UcsDomain) -> None:
    for class_id, dn, props in FRESH:
        make(decision, domain.uid, class_id, dn, props)
    vlans = vlans_of(decision.state, domain)
    for name, number in vlans.items():
        shown = {**DEFAULT_VLAN, "defaultNet": "yes" if name == "default" else "no", "id": str(number)}
        make(decision, domain.uid, "fabricVlan", f"fabric/lan/net-{name}", shown)
    for profile in decision.state.where(ServiceProfile, "domain", domain.uid):
        for class_id, dn, props in profile_rows(decision.state, profile, vlans):
            make(decision, domain.uid, class_id, dn, props)


def make(decision: Decision, domain: str, class_id: str, dn: str, props: dict[str, str]) -> None:
    """The record of an object, with the naming properties that its DN has."""
    meta = schema().get(class_id)
    named = naming.naming_of(meta, naming.divide(dn)[1]) or {}
    records.create(decision, domain, class_id, dn, {**named, **props})


def vlans_of(state: WorldState, domain: UcsDomain) -> dict[str, int]:
    """The VLANs that the networks of the domain's site use, by a name that UCS allows; ``default`` is VLAN 1."""
    found, taken = {"default": 1}, {1}
    for network in state.where(Network, "site", domain.site):
        name = _UNFIT.sub("-", network.name)[:_MOST_NAME]
        if network.vlan and network.vlan not in taken and name not in found:
            found[name] = network.vlan
            taken.add(network.vlan)
    return found


def ensure(world: World) -> None:
    """Give every domain of the world its first objects; does nothing when they are there.  Raises JournalUnavailable."""
    if any(records.find(world.state, domain.uid, ROOT_ORG) is None for domain in world.state.all(UcsDomain)):
        world.execute_now(EnsureDomains(), Actor(api="ucs", operation="bootstrap"))
