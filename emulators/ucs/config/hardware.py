"""What users do to equipment: locator lights; and taking blades, rack servers and whole chassis out of service and back."""

from __future__ import annotations

from emulators.ucs.config import association, serverpools
from emulators.ucs.config.hooks import on_set
from emulators.ucs.config.servers import is_usable, server_at
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.projection.anchors import slot_dn
from emulators.ucs.projection.slots import chassis_known_place, rack_known_place
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal
from emulators.world.commands import follows
from emulators.world.decide import Decision
from emulators.world.decisions import plant
from emulators.world.decisions import profiles as world_profiles
from emulators.world.decisions.components import COMPONENT_RECOVERED
from emulators.world.events import Event
from emulators.world.identity import blade_dn, profile_dn, rack_dn, server_dn
from emulators.world.model import Blade, Chassis, RackServer, Server, ServiceProfile
from emulators.world.servers import enclosure_of


@on_set("equipmentLocatorLed", "adminState")
def set_locator(tx: Transaction, led: ConfigMo, value: str) -> None:
    """The light blinks or not."""
    tx.override("equipmentLocatorLed", led.dn, operState="on" if value == "on" else "off", color="blue")


# -- servers -------------------------------------------------------------------------------------------------------------------------


@on_set("computeBlade", "lc")
@on_set("computeRackUnit", "lc")
def set_lifecycle(tx: Transaction, setting: ConfigMo, value: str) -> None:
    """``decommission`` takes a server out of service; the other values ask for what is so already."""
    tx.override(setting.class_id, setting.dn, without=("lc",))
    server = server_at(tx.state, tx.domain, setting.dn)
    if server is None:
        raise _not_found(setting.dn)
    if value == "decommission":
        decommission(tx, setting.dn, server)


def decommission(tx: Transaction, dn: str, server: Server) -> None:
    """The server is off and shown no more; its profile waits for it."""
    entity = tx.state.maybe(ServiceProfile, server.profile) if server.profile else None
    if entity is not None:
        world_profiles.disassociate(tx.decision, entity)
        profile = tx.find(profile_dn(entity))
        if profile is not None:
            association.fail(tx, profile, dn, "The server was decommissioned.")
    world_profiles.commission(tx.decision, tx.state.get(Server, server.uid), commissioned=False)
    serverpools.look_at(tx, dn)


@on_set("fabricComputeSlotEp", "adminState")
def acknowledge_slot(tx: Transaction, slot: ConfigMo, value: str) -> None:
    """Acknowledging a slot again discovers the blade in it: it is in service, and its profile takes it back."""
    tx.override("fabricComputeSlotEp", slot.dn, without=("adminState",))
    for chassis in tx.state.where(Chassis, "domain", tx.domain):
        for blade in tx.state.where(Blade, "chassis", chassis.uid):
            if slot_dn(chassis, blade) == slot.dn and value == "reacknowledge" and not blade.commissioned:
                recommission(tx, blade_dn(chassis, blade), blade)


@on_set("fabricComputePhEp", "adminState")
def enable_rack_server(tx: Transaction, end: ConfigMo, value: str) -> None:
    """``enabled`` puts a rack server into service again; one that is there can't be removed."""
    tx.override("fabricComputePhEp", end.dn, without=("adminState",))
    server = next((one for one in tx.state.where(RackServer, "domain", tx.domain) if rack_known_place(tx.state, one) == end.dn), None)
    if server is None:
        raise _not_found(end.dn)
    if value == "enabled" and not server.commissioned:
        recommission(tx, rack_dn(server), server)
    elif value != "enabled":
        raise Refusal(106, f"{end.dn} is connected and cannot be {value}")


def recommission(tx: Transaction, dn: str, server: Server) -> None:
    """The server is in service again, and taken back by the profile that waits for it."""
    world_profiles.commission(tx.decision, server, commissioned=True)
    association.release_server(tx, dn)
    _offer(tx, dn)


def _offer(tx: Transaction, dn: str) -> None:
    """A server can be had: by the profiles that wait for it, and by pools."""
    serverpools.look_at(tx, dn)
    for profile in tx.of_class("lsServer"):
        if profile.props.get("pnDn") == dn:
            tx.mark(profile.dn)


@follows(plant.BLADE_INSERTED, plant.RACK_SERVER_INSERTED, plant.DISCOVERED, COMPONENT_RECOVERED)
def welcome(decision: Decision, event: Event) -> None:
    """A server that was put in and discovered, or mended, is taken by the profile that waits for it."""
    server = decision.state.maybe(Server, event.subject)
    if server is None or server.profile or not is_usable(server):
        return
    enclosure = enclosure_of(decision.state, server)
    tx = Transaction.of(decision, enclosure.domain)
    _offer(tx, server_dn(enclosure, server))
    tx.settle()


# -- chassis -------------------------------------------------------------------------------------------------------------------------


@on_set("equipmentChassis", "adminState")
def set_chassis(tx: Transaction, setting: ConfigMo, value: str) -> None:
    """``decommission`` takes a chassis out of service with every blade in it; one that is there can't be removed."""
    tx.override("equipmentChassis", setting.dn, without=("adminState",))
    slot = setting.dn.rpartition("-")[2]
    chassis = next((one for one in tx.state.where(Chassis, "domain", tx.domain) if str(one.slot) == slot), None)
    if chassis is None:
        raise _not_found(setting.dn)
    if value == "remove" and chassis.present:
        raise Refusal(106, f"{setting.dn} is present and cannot be removed")
    if value == "decommission":
        for blade in tx.state.where(Blade, "chassis", chassis.uid):
            decommission(tx, blade_dn(chassis, blade), blade)
        world_profiles.commission_chassis(tx.decision, chassis, commissioned=False)


@on_set("fabricSwChPhEp", "adminState")
def enable_chassis(tx: Transaction, end: ConfigMo, value: str) -> None:
    """``enabled`` puts a chassis into service again, with every blade in it."""
    tx.override("fabricSwChPhEp", end.dn, without=("adminState",))
    chassis = next((one for one in tx.state.where(Chassis, "domain", tx.domain) if chassis_known_place(tx.state, one) == end.dn), None)
    if chassis is None:
        raise _not_found(end.dn)
    if value != "enabled":
        raise Refusal(106, f"{end.dn} is connected and cannot be {value}")
    if not chassis.commissioned:
        world_profiles.commission_chassis(tx.decision, chassis, commissioned=True)
        for blade in tx.state.where(Blade, "chassis", chassis.uid):
            recommission(tx, blade_dn(chassis, blade), blade)


def _not_found(dn: str) -> Refusal:
    return Refusal(102, f"configured object ({dn}) not found")
