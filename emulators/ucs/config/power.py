"""Power of servers: what users ask of profiles and blades.  What profiles show of it follows from the blade (``projection``)."""

from __future__ import annotations

from typing import Final

from emulators.ucs.config import maintenance
from emulators.ucs.config.hooks import on_set
from emulators.ucs.config.servers import entity_of, server_at
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal
from emulators.ucs.schema import naming
from emulators.world.decide import Decision, run
from emulators.world.decisions import timers
from emulators.world.decisions.components import SetBladePower
from emulators.world.model import BladePower, Server

_ON: Final = frozenset({"up", "admin-up"})
_OFF: Final = frozenset({"down", "admin-down", "soft-shut-down", "soft-shut-down-only"})
_RESET: Final = frozenset(
    {"cycle-immediate", "cycle-wait", "hard-reset-immediate", "hard-reset-wait", "bios-password-reset-immediate", "cmos-reset-immediate"}
)
RESET_SECONDS: Final = 10.0
"""How long a server stays off when it is reset."""


@on_set("lsPower", "state")
def set_profile_power(tx: Transaction, power: ConfigMo, value: str) -> None:
    """The blade is switched, and the profile's wish is ``up`` or ``down``, however it was said.  Without a blade, it is one for later."""
    profile = tx.get(naming.parent_of(power.dn))
    entity = entity_of(tx, profile.dn)
    if value in _ON | _OFF | _RESET:
        tx.set(power, state="down" if value in _OFF else "up")
    if entity is not None and entity.blade and not (value in (_ON | _RESET) and maintenance.deploy_at_boot(tx, profile)):
        switch(tx.decision, tx.state.get(Server, entity.blade), value)


@on_set("computeBlade", "adminPower")
@on_set("computeRackUnit", "adminPower")
def set_server_power(tx: Transaction, setting: ConfigMo, value: str) -> None:
    """The server is switched without asking its profile; ``policy`` is not a state of its own."""
    blade = server_at(tx.state, tx.domain, setting.dn)
    if blade is None:
        raise Refusal(102, f"configured object ({setting.dn}) not found")
    switch(tx.decision, blade, value)
    tx.override(setting.class_id, setting.dn, without=("adminPower",))


def switch(decision: Decision, blade: Server, value: str) -> None:
    """Bring a server to what ``lsPower`` or ``computeBlade`` calls so; the controller's own resets do nothing to the host."""
    if value in _ON:
        run(decision, SetBladePower(blade=blade.uid, power=BladePower.ON))
    elif value in _OFF:
        run(decision, SetBladePower(blade=blade.uid, power=BladePower.OFF))
    elif value in _RESET:
        run(decision, SetBladePower(blade=blade.uid, power=BladePower.OFF))
        timers.later(decision, blade.uid, RESET_SECONDS, SetBladePower(blade=blade.uid, power=BladePower.ON))
