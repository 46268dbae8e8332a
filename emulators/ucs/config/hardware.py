"""What users do to physical servers: locator lights, and taking blades out of service and back."""

from __future__ import annotations

from emulators.ucs.config import association, serverpools
from emulators.ucs.config.hooks import on_set
from emulators.ucs.config.servers import blade_at, is_usable
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal
from emulators.world.commands import follows
from emulators.world.decide import Decision
from emulators.world.decisions import profiles as world_profiles
from emulators.world.decisions.components import COMPONENT_RECOVERED
from emulators.world.decisions.plant import BLADE_INSERTED, DISCOVERED
from emulators.world.events import Event
from emulators.world.identity import blade_dn, profile_dn
from emulators.world.model import Blade, Chassis, ServiceProfile


@on_set("equipmentLocatorLed", "adminState")
def set_locator(tx: Transaction, led: ConfigMo, value: str) -> None:
    """The light blinks or not."""
    tx.override("equipmentLocatorLed", led.dn, operState="on" if value == "on" else "off", color="blue")


@on_set("computeBlade", "lc")
def set_lifecycle(tx: Transaction, setting: ConfigMo, value: str) -> None:
    """``decommission`` takes a blade out of service; the other values ask for what is so already."""
    tx.override("computeBlade", setting.dn, without=("lc",))
    blade = _blade(tx, setting.dn)
    if value == "decommission":
        decommission(tx, setting.dn, blade)


def decommission(tx: Transaction, server: str, blade: Blade) -> None:
    """The blade is off and shown no more; its profile waits for it."""
    entity = tx.state.maybe(ServiceProfile, blade.profile) if blade.profile else None
    if entity is not None:
        world_profiles.disassociate(tx.decision, entity)
        profile = tx.find(profile_dn(entity))
        if profile is not None:
            association.fail(tx, profile, server, "The server was decommissioned.")
    world_profiles.commission(tx.decision, tx.state.get(Blade, blade.uid), commissioned=False)
    serverpools.look_at(tx, server)


@on_set("fabricComputeSlotEp", "adminState")
def acknowledge_slot(tx: Transaction, slot: ConfigMo, value: str) -> None:
    """Acknowledging a slot again discovers the blade in it: it is in service, and its profile takes it back."""
    tx.override("fabricComputeSlotEp", slot.dn, without=("adminState",))
    server = f"sys/{slot.dn.removeprefix('fabric/server/')}".replace("/slot-", "/blade-")
    blade = _blade(tx, server)
    if value == "reacknowledge" and not blade.commissioned:
        recommission(tx, server, blade)


def recommission(tx: Transaction, server: str, blade: Blade) -> None:
    """The blade is in service again, and taken back by the profile that waits for it."""
    world_profiles.commission(tx.decision, blade, commissioned=True)
    association.release_server(tx, server)
    _offer(tx, server)


def _offer(tx: Transaction, server: str) -> None:
    """A blade can be had: by the profiles that wait for it, and by pools."""
    serverpools.look_at(tx, server)
    for profile in tx.of_class("lsServer"):
        if profile.props.get("pnDn") == server:
            tx.mark(profile.dn)


@follows(BLADE_INSERTED, DISCOVERED, COMPONENT_RECOVERED)
def welcome(decision: Decision, event: Event) -> None:
    """A blade that was put in and discovered, or mended, is taken by the profile that waits for it."""
    blade = decision.state.maybe(Blade, event.subject)
    if blade is None or blade.profile or not is_usable(blade):
        return
    chassis = decision.get(Chassis, blade.chassis)
    tx = Transaction.of(decision, chassis.domain)
    _offer(tx, blade_dn(chassis, blade))
    tx.settle()


def _blade(tx: Transaction, server: str) -> Blade:
    blade = blade_at(tx.state, tx.domain, server)
    if blade is None:
        raise Refusal(102, f"configured object ({server}) not found")
    return blade
