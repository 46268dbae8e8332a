"""Service profiles as a whole: made from their templates and policies, given identities, and sent to the server that they should have."""

from __future__ import annotations

from typing import Final

from emulators.ucs.config import association, connectivity, deployment, identities, maintenance, problems, serverpools, templates
from emulators.ucs.config.hooks import guards, on_create, on_delete, on_set, settles
from emulators.ucs.config.servers import entity_of, is_usable, occupant, server_at
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal
from emulators.ucs.schema import naming
from emulators.world.decisions import profiles, timers
from emulators.world.decisions.profiles import PROFILE_DELETED

NO_SERVER: Final = "insufficient-resources"
UNAVAILABLE: Final = "compute-unavailable"


@settles("lsServer", rank=3)
def settle_profile(tx: Transaction, dn: str) -> None:
    """Bring a template or a profile in line with all that it is made from."""
    profile = tx.find(dn)
    if profile is None:
        return
    if not is_instance(profile):
        connectivity.apply(tx, dn)
        templates.tell_instances(tx, profile)
        return
    templates.follow(tx, profile)
    connectivity.apply(tx, dn)
    issues = identities.assign(tx, tx.get(dn))
    _report_pools(tx, dn)
    _report_networks(tx, dn)
    _review(tx, dn, issues)


def is_instance(profile: ConfigMo) -> bool:
    """Whether it is a profile and no template."""
    return profile.props.get("type", "instance") == "instance"


def _report_networks(tx: Transaction, dn: str) -> None:
    for interface in (*tx.children(dn, "vnicEther"), *tx.children(dn, "vnicFc")):
        missing = [
            one.props.get("name", "") for one in tx.children(interface.dn) if one.class_id in _IFS and not one.props.get("operVnetDn")
        ]
        what = _IFS["vnicEtherIf" if interface.class_id == "vnicEther" else "vnicFcIf"]
        tx.set(interface, configQualifier=what if any(missing) else "")
        text = f"The named networks {', '.join(missing)} of {interface.dn} cannot be resolved." if any(missing) else ""
        problems.report(tx, interface, problems.UNRESOLVED_NETWORK, text)


_IFS: Final = {"vnicEtherIf": "unresolved-vlan-name", "vnicFcIf": "unresolved-vsan-name"}


def _report_pools(tx: Transaction, dn: str) -> None:
    """Pools that could not give what was wanted are at fault until they can."""
    for holder in identities.holders(tx, tx.get(dn)):
        identity = identities.BY_CLASS[holder.class_id]
        pool = tx.find(holder.props.get(identity.pool, ""))
        if (
            pool is not None
            and pool.props.get("assigned") == pool.props.get("size")
            and holder.props.get(identity.prop) in identity.pending
        ):
            problems.report(tx, pool, problems.POOL_EMPTY, f"{identity.kind.what} pool {pool.dn} is empty or exhausted.")


# -- which server ----------------------------------------------------------------------------------------------------------------


@on_create("lsBinding")
def bind_server(tx: Transaction, binding: ConfigMo) -> None:
    """Refused for a template, and for a server that is missing or another's."""
    if not is_instance(tx.get(naming.parent_of(binding.dn))):
        raise Refusal(106, f"{naming.parent_of(binding.dn)} is a template: it cannot be associated.")
    check_server(tx, binding, binding.props.get("pnDn", ""))


@on_set("lsBinding", "pnDn")
def check_server(tx: Transaction, binding: ConfigMo, server: str) -> None:
    """Refused for a server that is missing or another's."""
    blade = server_at(tx.state, tx.domain, server)
    if blade is None:
        raise Refusal(102, f"configured object ({server}) not found")
    owner = occupant(tx, server, blade)
    if owner not in {"", naming.parent_of(binding.dn)}:
        raise Refusal(106, f"Server {server} is assigned to {owner} already.")
    if not is_usable(blade):
        raise Refusal(106, f"Server {server} is not available: it is out of service, out of its slot, or inoperable.")


def _wanted_server(tx: Transaction, profile: ConfigMo) -> tuple[str, str]:
    """The server that the profile should have, and the issue when it can't be found."""
    binding = tx.child(profile.dn, "lsBinding")
    if binding is not None and binding.props.get("pnDn"):
        return binding.props["pnDn"], ""
    requirement = tx.child(profile.dn, "lsRequirement")
    if requirement is None:
        return "", ""
    found = serverpools.server_for(tx, requirement, profile.props.get("pnDn", ""))
    return found, "" if found else NO_SERVER


# -- the way there ---------------------------------------------------------------------------------------------------------------


def _review(tx: Transaction, dn: str, issues: set[str]) -> None:
    """Start whatever brings the profile nearer to the server that it should have, unless something is under way."""
    profile = tx.get(dn)
    entity = deployment.ensure_entity(tx, profile)
    if profile.props.get("_machine"):
        return
    server, issue = _wanted_server(tx, profile)
    current = profile.props.get("pnDn", "")
    if current and current != server:
        _leave(tx, profile, current)
        return
    if issues or issue:
        _fail(tx, profile, sorted({*issues, issue} - {""}), server)
        return
    _mend(tx, profile)
    if not server:
        deployment.apply(tx, profile)
    elif not entity.blade:
        _go(tx, profile, server)
    elif not deployment.is_deployed(tx, profile, entity):
        maintenance.redeploy(tx, profile, server)
    else:
        maintenance.forget(tx, profile)
        tx.set(profile, _deployed=deployment.signature(tx, tx.get(dn)))
        deployment.apply_networks(tx, profile)


def _go(tx: Transaction, profile: ConfigMo, server: str) -> None:
    blade = server_at(tx.state, tx.domain, server)
    tx.set(profile, pnDn=server)
    _tell_binding(tx, profile, server)
    if blade is None or not is_usable(blade):
        association.fail(tx, profile, server, "The server is not available.")
    else:
        association.begin(tx, profile, "Associate", server)


def _leave(tx: Transaction, profile: ConfigMo, server: str) -> None:
    entity = entity_of(tx, profile.dn)
    _tell_binding(tx, profile, "")
    if entity is not None and entity.blade:
        association.begin(tx, profile, "Disassociate", server)
        return
    association.release_server(tx, server)
    problems.report(tx, profile, problems.ASSOCIATION_FAILED, "")
    tx.set(profile, association.UNASSOCIATED)
    _review(tx, profile.dn, set())


def _tell_binding(tx: Transaction, profile: ConfigMo, server: str) -> None:
    for class_id in ("lsBinding", "lsRequirement"):
        record = tx.child(profile.dn, class_id)
        if record is not None:
            told = {"assignedToDn": server, "computeEpDn": server, "operState": "used" if server else "unused"}
            tx.set(record, {**told, "pnDn": server} if class_id == "lsRequirement" else told)


def _fail(tx: Transaction, profile: ConfigMo, issues: list[str], server: str) -> None:
    """The configuration cannot be applied; what the blade has, it keeps."""
    entity = entity_of(tx, profile.dn)
    states = {"configQualifier": ",".join(issues), "configState": "failed-to-apply", "operState": "config-failure"}
    if entity is None or not entity.blade:
        states |= {"assignState": "failed", "assocState": "failed"} if server or NO_SERVER in issues else {}
    tx.set(profile, states)
    for record in (tx.child(profile.dn, "lsBinding"), tx.child(profile.dn, "lsRequirement")):
        if record is not None:
            tx.set(record, issues=",".join(issues), operState="failed-to-apply")
    text = f"Service profile {profile.props['name']} configuration failed due to {','.join(issues)}"
    problems.report(tx, profile, problems.CONFIGURATION_FAILED, text)


def _mend(tx: Transaction, profile: ConfigMo) -> None:
    """What was wrong with the configuration is right."""
    if not profile.props.get("configQualifier"):
        return
    entity = entity_of(tx, profile.dn)
    there = entity is not None and bool(entity.blade)
    tx.set(profile, configQualifier="", **({"configState": "applied", "operState": "ok"} if there else association.UNASSOCIATED))
    for record in (tx.child(profile.dn, "lsBinding"), tx.child(profile.dn, "lsRequirement")):
        if record is not None:
            tx.set(record, issues="", operState="used" if there else "unused")
    problems.report(tx, profile, problems.CONFIGURATION_FAILED, "")


# -- who waits for what ------------------------------------------------------------------------------------------------------------


@settles("macpoolPool", "uuidpoolPool", "fcpoolInitiators", "ippoolPool", rank=0)
def settle_pool(tx: Transaction, dn: str) -> None:
    """Profiles that found the pool exhausted try again when it has something to give."""
    pool = tx.find(dn)
    if pool is None or int(pool.props.get("assigned", "0")) >= int(pool.props.get("size", "0")):
        return
    problems.report(tx, pool, problems.POOL_EMPTY, "")
    for profile in tx.of_class("lsServer"):
        if profile.props.get("configState") == "failed-to-apply":
            tx.mark(profile.dn)


# -- the end ---------------------------------------------------------------------------------------------------------------------


@on_delete("lsServer")
def delete_profile(tx: Transaction, profile: ConfigMo) -> None:
    """A profile's server is let go at once; what waits for it is forgotten."""
    timers.cancel(tx.decision, profile.uid)
    problems.forget(tx, profile)
    entity = entity_of(tx, profile.dn)
    if profile.props.get("pnDn"):
        association.release_server(tx, profile.props["pnDn"])
    if entity is None:
        return
    if entity.blade:
        profiles.disassociate(tx.decision, entity)
        entity = tx.state.get(type(entity), entity.uid)
    tx.decision.delete(PROFILE_DELETED, entity)
    serverpools.look_at(tx, profile.props.get("pnDn", ""))


@on_delete("vnicEther", "vnicFc", *(identities.BY_CLASS))
def forget_problems(tx: Transaction, record: ConfigMo) -> None:
    """Its problems go with it."""
    problems.forget(tx, record)


@on_create("orgOrg")
def add_organisation(tx: Transaction, organisation: ConfigMo) -> None:
    """Five levels under the root are the most."""
    level = len(naming.split(organisation.dn)) - 1
    if level > _DEEPEST:
        raise Refusal(105, f"Organisations go {_DEEPEST} levels deep; {organisation.dn} would be level {level}.")
    tx.set(organisation, level=str(level))


_DEEPEST: Final = 5


@guards("orgOrg")
def delete_organisation(tx: Transaction, organisation: ConfigMo) -> None:
    """Refused while servers run with profiles of it."""
    for record in tx.subtree(organisation.dn):
        if record.class_id == "lsServer" and record.props.get("pnDn"):
            raise Refusal(105, f"{organisation.dn} is in use: {record.dn} is assigned to {record.props['pnDn']}.")
    if organisation.dn == "org-root":
        raise Refusal(105, "The root organisation cannot be deleted.")
