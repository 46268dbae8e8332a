"""Changes that need a reboot: made at once, or after somebody has acknowledged them, as the profile's maintenance policy says."""

from __future__ import annotations

from typing import Final

from emulators.ucs.config import association
from emulators.ucs.config.hooks import on_set
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.mit.view import stamp
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema import naming

IMMEDIATE: Final = "immediate"
ACKNOWLEDGED: Final = frozenset({"trigger", "trigger-immediate", "triggered", "user-ack"})


def deferral(tx: Transaction, profile: ConfigMo) -> str:
    """When changes are deployed: ``immediate``, ``user-ack`` or ``timer-automatic``."""
    policy = tx.find(profile.props.get("operMaintPolicyName", ""))
    return tx.value(policy, "uptimeDisr") if policy is not None else IMMEDIATE


def redeploy(tx: Transaction, profile: ConfigMo, server: str) -> None:
    """The blade gets what the configuration says now, or the change waits for its acknowledgement."""
    mode = deferral(tx, profile)
    if mode == IMMEDIATE:
        forget(tx, profile)
        association.begin(tx, profile, "Associate", server)
        return
    waiting = "waiting-for-user" if mode == "user-ack" else "waiting-for-maint-window"
    dn = f"{profile.dn}/ack"
    if tx.find(dn) is None:
        pending = {"adminState": "untriggered", "autoDelete": "yes", "changeBy": tx.decision.context.actor.principal[:32]}
        pending |= {"changes": "server-assignment", "deploymentMode": mode, "disr": "reboot", "modified": stamp(tx.decision.now)}
        tx.create("lsmaintAck", dn, {**pending, "operState": waiting, "oldPnDn": server, "prevOperState": "untriggered"})
    tx.set(profile, configState="not-applied", operState="pending-reboot")


def forget(tx: Transaction, profile: ConfigMo) -> None:
    """Nothing waits any more."""
    pending = tx.child(profile.dn, "lsmaintAck")
    if pending is not None:
        tx.remove(pending.dn)
        tx.set(profile, configState="applied", operState="ok")


@on_set("lsmaintAck", "adminState")
def acknowledge(tx: Transaction, pending: ConfigMo, value: str) -> None:
    """The change is deployed now."""
    if value in ACKNOWLEDGED:
        deploy(tx, tx.get(naming.parent_of(pending.dn)))


def deploy(tx: Transaction, profile: ConfigMo) -> None:
    """Make the pending changes."""
    forget(tx, profile)
    association.begin(tx, profile, "Associate", profile.props.get("pnDn", ""))


def deploy_at_boot(tx: Transaction, profile: ConfigMo) -> bool:
    """Make the pending changes when their policy says that a boot is the time for them; answers whether it does."""
    policy = tx.find(profile.props.get("operMaintPolicyName", ""))
    waits = tx.child(profile.dn, "lsmaintAck") is not None
    if not waits or policy is None or "on-next-boot" not in policy.props.get("triggerConfig", ""):
        return False
    deploy(tx, profile)
    return True
