"""What users do to physical servers: locator lights, and taking blades out of service and back."""

from __future__ import annotations

from emulators.ucs.config import association, profiles
from emulators.ucs.config.hooks import on_set
from emulators.ucs.config.servers import DECOMMISSIONED, blade_at, is_decommissioned
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal
from emulators.world.decide import run
from emulators.world.decisions import profiles as world_profiles
from emulators.world.decisions.components import SetBladePower
from emulators.world.identity import profile_dn
from emulators.world.model import Blade, BladePower, ServiceProfile


@on_set("equipmentLocatorLed", "adminState")
def set_locator(tx: Transaction, led: ConfigMo, value: str) -> None:
    """The light blinks or not."""
    tx.override("equipmentLocatorLed", led.dn, operState="on" if value == "on" else "off", color="blue")


@on_set("computeBlade", "lc")
def set_lifecycle(tx: Transaction, setting: ConfigMo, value: str) -> None:
    """``decommission`` takes a blade out of service, ``rediscover`` brings it back."""
    tx.override("computeBlade", setting.dn, without=("lc",))
    if value == "decommission":
        decommission(tx, setting.dn)
    elif value in {"rediscover", "discovered"} and is_decommissioned(tx.state, tx.domain, setting.dn):
        recommission(tx, setting.dn)


def decommission(tx: Transaction, server: str) -> None:
    """The blade is off and shown no more; its profile waits for it."""
    blade = blade_at(tx.state, tx.domain, server)
    if blade is None:
        raise Refusal(102, f"configured object ({server}) not found")
    entity = tx.state.maybe(ServiceProfile, blade.profile) if blade.profile else None
    tx.override("computeBlade", server, _lc=DECOMMISSIONED)
    if entity is not None:
        world_profiles.disassociate(tx.decision, entity)
        profile = tx.find(profile_dn(entity))
        if profile is not None:
            association.fail(tx, profile, server, "The server was decommissioned.")
    else:
        run(tx.decision, SetBladePower(blade=blade.uid, power=BladePower.OFF))
    profiles.look_at_pools(tx, server)


def recommission(tx: Transaction, server: str) -> None:
    """The blade is discovered again, and takes its profile back if that still waits for it."""
    tx.override("computeBlade", server, without=("_lc", "association", "assignedToDn"))
    profiles.look_at_pools(tx, server)
    for profile in tx.of_class("lsServer"):
        if profile.props.get("pnDn") == server:
            tx.mark(profile.dn)


@on_set("fabricComputeSlotEp", "adminState")
def acknowledge_slot(tx: Transaction, slot: ConfigMo, value: str) -> None:
    """Acknowledging a slot discovers the blade in it again."""
    server = slot.dn.removeprefix("fabric/server/").replace("/slot-", "/blade-")
    server = f"sys/{server}"
    blade: Blade | None = blade_at(tx.state, tx.domain, server)
    tx.override("fabricComputeSlotEp", slot.dn, without=("adminState",))
    if blade is not None and value == "reacknowledge" and is_decommissioned(tx.state, tx.domain, server):
        recommission(tx, server)
