"""The way of a service profile to a blade and away from it, stage by stage, at the pace of the world's timing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from dcsim.errors import InvalidState
from emulators.ucs.config import deployment, problems
from emulators.ucs.config.servers import entity_of, is_usable, server_at, server_class
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.mit.view import stamp
from emulators.ucs.records import ConfigMo
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.decisions import profiles, timers
from emulators.world.model import BladePower, Server

_DOWN: Final = frozenset({"admin-down", "down", "soft-shut-down", "soft-shut-down-only"})
"""What ``lsPower`` says when the blade is to be off."""


class Stage(NamedTuple):
    """A stage of a state machine: which object goes through it, its name, how long it takes in a real datacenter, what it does."""

    of_server: bool
    name: str
    seconds: float
    description: str


ASSOCIATE: Final = (
    Stage(False, "ConfigureApplyPolicies", 1, "Resolving and applying policies"),
    Stage(False, "ConfigureApplyIdentifiers", 1, "Applying UUID, node WWN, MAC, WWPN identities"),
    Stage(False, "ConfigureEvaluateAssociation", 2, "Evaluating association with the server"),
    Stage(False, "ConfigureWaitForAssocCompletion", 0, "Waiting for association completion on the server"),
    Stage(True, "AssociateBegin", 1, "Beginning association"),
    Stage(True, "AssociatePowerOn", 5, "Powering the server on"),
    Stage(True, "AssociateBootPnuos", 60, "Booting the utility operating system"),
    Stage(True, "AssociatePnuOSInventory", 30, "Taking inventory"),
    Stage(True, "AssociatePnuOSLocalDiskConfig", 20, "Configuring local disks"),
    Stage(True, "AssociateConfigUuid", 5, "Configuring the UUID"),
    Stage(True, "AssociateNicConfigHostOSLocal", 15, "Configuring adapters for the host"),
    Stage(True, "AssociateSwConfigHostOSLocal", 10, "Configuring the fabric interconnect for the host"),
    Stage(True, "AssociateBootHost", 5, "Booting the host"),
)
DISASSOCIATE: Final = (
    Stage(True, "DisassociateBegin", 1, "Beginning disassociation"),
    Stage(True, "DisassociateShutdown", 10, "Shutting the server down"),
    Stage(True, "DisassociateBootPnuos", 60, "Booting the utility operating system"),
    Stage(True, "DisassociatePnuOSScrub", 20, "Scrubbing"),
    Stage(True, "DisassociateUnconfigUuid", 5, "Restoring the UUID"),
    Stage(True, "DisassociateSwUnconfigHostOSLocal", 10, "Removing the configuration from the fabric interconnect"),
)
MACHINES: Final = {"Associate": ASSOCIATE, "Disassociate": DISASSOCIATE}
AT_END: Final[list[Callable[[Transaction, str], None]]] = []
"""Who is told of a server that was taken or let go."""
_FALLS_AT: Final = 1
"""The stage of disassociation at which the host goes down."""


class AdvanceAssociation(Command, frozen=True, kw_only=True, tag="ucs.advance_association"):
    """The next stage of a profile's state machine has come; ``run`` counts the runs of its machines, so that a stale one does nothing."""

    domain: str
    profile: str
    server: str
    machine: str
    run: int
    stage: int


def begin(tx: Transaction, profile: ConfigMo, machine: str, server: str) -> None:
    """Start a state machine of a profile with a server (its DN); one that is under way is given up."""
    timers.cancel(tx.decision, profile.uid)
    run = int(profile.props.get("_run", "0")) + 1
    tx.set(profile, _run=str(run), _machine=machine, **_STARTING[machine])
    if machine == "Associate":  # from now on the server is nobody else's, though its own stages come later
        tx.override(server_class(server), server, assignedToDn=profile.dn)
    command = AdvanceAssociation(domain=tx.domain, profile=profile.dn, server=server, machine=machine, run=run, stage=0)
    advance(tx.decision, command)


_STARTING: Final = {
    "Associate": {"assignState": "assigned", "assocState": "associating", "configState": "applying", "operState": "config"},
    "Disassociate": {"assocState": "disassociating", "operState": "unconfig"},
}
_SERVER_STARTING: Final = {
    "Associate": {"association": "establishing", "availability": "unavailable", "operState": "config"},
    "Disassociate": {"association": "removing", "availability": "unavailable", "operState": "unconfig"},
}


@decides(AdvanceAssociation)
def advance(decision: Decision, command: AdvanceAssociation) -> None:
    """Go through the stage, and to the next when its time is over."""
    tx = Transaction.of(decision, command.domain)
    profile = tx.find(command.profile)
    if profile is None or profile.props.get("_run") != str(command.run):
        return
    stages = MACHINES[command.machine]
    if command.stage == len(stages):
        _finish(tx, profile, command)
        tx.mark(command.profile, even_now=True)
        for tell in AT_END:
            tell(tx, command.server)
        tx.settle()
        return
    _show(tx, profile, command, stages[command.stage])
    if command.machine == "Disassociate" and command.stage == _FALLS_AT:
        _let_go(tx, profile)
    following = AdvanceAssociation(
        domain=command.domain,
        profile=command.profile,
        server=command.server,
        machine=command.machine,
        run=command.run,
        stage=command.stage + 1,
    )
    if decision.is_long:  # as when many profiles are bound at once: each goes its way by itself
        timers.soon(decision, profile.uid, following, stages[command.stage].seconds)
    else:
        timers.later(decision, profile.uid, stages[command.stage].seconds, following)


def _show(tx: Transaction, profile: ConfigMo, command: AdvanceAssociation, stage: Stage) -> None:
    """What a client sees of the stage."""
    progress = str(100 * command.stage // len(MACHINES[command.machine]))
    seen = {
        "fsmProgr": progress,
        "fsmStageDescr": f"{stage.description}(FSM-STAGE:sam:dme:{'ComputePhysical' if stage.of_server else 'LsServer'}{stage.name})",
        "fsmStamp": stamp(tx.decision.now),
        "fsmStatus": stage.name,
        "fsmTry": "1",
    }
    if not stage.of_server:
        tx.set(profile, seen)
        return
    tx.set(profile, fsmProgr=progress)
    tx.override(server_class(command.server), command.server, {**seen, **_SERVER_STARTING[command.machine], "assignedToDn": profile.dn})


# -- ends --------------------------------------------------------------------------------------------------------------------------


def _finish(tx: Transaction, profile: ConfigMo, command: AdvanceAssociation) -> None:
    blade = server_at(tx.state, tx.domain, command.server)
    if command.machine == "Disassociate":
        _end(tx, command.server, "DisassociateSuccess")
        tx.set(profile, **_IDLE, _machine="", _deployed="", fsmPrev="ConfigureSuccess", **UNASSOCIATED, **_own_uuid(profile))
    elif blade is None or not is_usable(blade):
        fail(tx, profile, command.server, "The server is not available.")
    else:
        _take(tx, profile, blade, command.server)


_IDLE: Final = {"fsmProgr": "100", "fsmStageDescr": "", "fsmStatus": "nop", "fsmTry": "0"}
UNASSOCIATED: Final = {
    "assignState": "unassigned",
    "assocState": "unassociated",
    "configState": "not-applied",
    "operState": "unassociated",
    "pnDn": "",
}


def _own_uuid(profile: ConfigMo) -> dict[str, str]:
    return {"uuid": "derived", "_hardware": ""} if profile.props.get("_hardware") == "yes" else {}


def _take(tx: Transaction, profile: ConfigMo, blade: Server, server: str) -> None:
    """The blade has the profile's identity, and its host boots with it."""
    entity = entity_of(tx, profile.dn)
    if entity is not None and entity.blade:
        profiles.disassociate(tx.decision, entity)
        blade = tx.state.get(Server, blade.uid)
    entity = deployment.apply(tx, profile, hardware_uuid=blade.original_uuid)
    power = tx.child(profile.dn, "lsPower")
    off = power is not None and power.props.get("state") in _DOWN
    try:
        profiles.associate(
            tx.decision, entity, blade, BladePower.OFF if off else BladePower.ON, from_lun=boots_from_lun(tx, profile, blade)
        )
    except InvalidState as error:
        fail(tx, profile, server, error.message)
        return
    _end(tx, server, "AssociateSuccess")
    problems.report(tx, profile, problems.ASSOCIATION_FAILED, "")
    derived = tx.get(profile.dn).props.get("uuid", "derived") == "derived"
    tx.set(
        profile,
        **_IDLE,
        _machine="",
        _deployed=deployment.signature(tx, tx.get(profile.dn)),
        fsmPrev="ConfigureSuccess",
        assignState="assigned",
        assocState="associated",
        configState="applied",
        operState="ok",
        **({"uuid": blade.original_uuid, "_hardware": "yes"} if derived else {}),
    )
    for interface in (*tx.children(profile.dn, "vnicEther"), *tx.children(profile.dn, "vnicFc")):
        tx.set(interface, configState="applied", equipmentDn=f"{server}/adaptor-1")


def boots_from_lun(tx: Transaction, profile: ConfigMo, blade: Server) -> bool:
    """Whether the host's disk is in the SAN: its boot policy says so, or the blade has none."""
    policy = profile.props.get("operBootPolicyName", "")
    classes = {record.class_id for record in tx.subtree(policy)} | {record.class_id for record in tx.subtree(f"{profile.dn}/boot-policy")}
    return not blade.disks or bool(classes & {"lsbootSan", "lsbootSanCatSanImage", "lsbootSanImage", "lsbootIScsi"})


def _let_go(tx: Transaction, profile: ConfigMo) -> None:
    entity = entity_of(tx, profile.dn)
    if entity is not None and entity.blade:
        profiles.disassociate(tx.decision, entity)


def _end(tx: Transaction, server: str, previous: str) -> None:
    """The server's state machine rests; what it is follows from the world again."""
    release_server(tx, server, {**_IDLE, "fsmPrev": previous, "fsmStamp": stamp(tx.decision.now)})


_DURING: Final = ("association", "availability", "operState", "assignedToDn")


def release_server(tx: Transaction, server: str, props: dict[str, str] | None = None) -> None:
    """Take back what was said of a server while a state machine had it."""
    if tx.setting(server) is not None:
        tx.override(server_class(server), server, props or {}, without=_DURING)


def fail(tx: Transaction, profile: ConfigMo, server: str, reason: str) -> None:
    """The machine ends in failure; the profile keeps its server and tries again when that is mended."""
    release_server(tx, server, {**_IDLE, "fsmPrev": "AssociateFail", "fsmRmtInvErrDescr": reason})
    tx.override(server_class(server), server, association="failed", assignedToDn=profile.dn)
    tx.set(
        profile, **_IDLE, _machine="", fsmPrev="ConfigureFail", assocState="failed", configState="failed-to-apply", operState="inaccessible"
    )
    problems.report(
        tx, profile, problems.ASSOCIATION_FAILED, f"Service profile {profile.name.removeprefix('ls-')} association failed: {reason}"
    )
