"""Service profile templates: what profiles take from them, once or always, and making profiles from them."""

from __future__ import annotations

from typing import Final

from dcsim.ids import digest
from emulators.ucs.config.bound import template_of
from emulators.ucs.config.copying import copy_children, settings
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal, exists, malformed
from emulators.ucs.schema.validation import check_properties
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision

COPIED: Final = (
    "vnicConnDef", "lsbootDef", "storageLocalDiskConfigDef", "lstorageProfileBinding", "vnicDefBeh", "vnicDynamicCon",
    "fabricVCon", "lsVConAssign", "lsVersionBeh", "vnicFcNode", "vnicEther", "vnicFc",
)  # fmt: skip
"""What profiles take from under their templates; the server pool too, when they have no server or pool of their own."""
OWN: Final = ("descr", "resolveRemote", "srcTemplName", "type", "usrLbl")
"""Properties that profiles do not take from their templates."""
MOST: Final = 255


class MakeProfiles(Command, frozen=True, kw_only=True, tag="ucs.make_profiles"):
    """Make profiles or a template like ``source`` in an organisation; its result are their DNs.

    ``kind`` is their type; ``bound`` binds them to the source, which must be a template then.  They are called ``names``, or without any
    ``count`` of them are called ``prefix`` and a number.  A name that is taken is an error, or with ``skip_existing`` left out.
    """

    domain: str
    source: str
    organisation: str
    names: tuple[str, ...] = ()
    prefix: str = ""
    count: int = 0
    kind: str = "instance"
    bound: bool = False
    skip_existing: bool = False


@decides(MakeProfiles)
def make_profiles(decision: Decision, command: MakeProfiles) -> tuple[str, ...]:
    """All of them or none."""
    tx = Transaction(decision, command.domain)
    source = tx.find(command.source)
    if source is None or source.class_id != "lsServer":
        raise Refusal(102, f"configured object ({command.source}) not found")
    if command.bound and source.props.get("type") == "instance":
        raise Refusal(106, f"{source.dn} is no template.")
    if getattr(tx.find(command.organisation), "class_id", "") != "orgOrg":
        raise Refusal(102, f"configured object ({command.organisation}) not found")
    names = command.names or free_names(tx, command.organisation, command.prefix, command.count)
    made = tuple(dn for name in names if (dn := _make(tx, command, source, name)))
    tx.settle()
    return made


def _make(tx: Transaction, command: MakeProfiles, source: ConfigMo, name: str) -> str:
    check_properties(tx.meta("lsServer"), {"name": name}, creating=True)
    dn = f"{command.organisation}/ls-{name}"
    if tx.find(dn) is not None:
        if command.skip_existing:
            return ""
        raise exists(dn)
    props = {**settings(tx, source, OWN), "type": command.kind}
    props |= {"srcTemplName": source.props["name"]} if command.bound else {"descr": tx.value(source, "descr")}
    made = tx.create("lsServer", dn, props)
    if made.props.get("operSrcTemplName", "") != (source.dn if command.bound else ""):
        raise Refusal(102, f"{source.dn} cannot be seen from {command.organisation}.")
    _copy(tx, source, made)
    return dn


def _copy(tx: Transaction, source: ConfigMo, target: ConfigMo) -> None:
    tx.set(target, settings(tx, source, OWN))
    copy_children(tx, source.dn, target.dn, COPIED)
    requirement = tx.child(source.dn, "lsRequirement")
    own = tx.child(target.dn, "lsRequirement") or tx.child(target.dn, "lsBinding")
    if requirement is not None and own is None:
        tx.create("lsRequirement", f"{target.dn}/pn-req", settings(tx, requirement))


def free_names(tx: Transaction, organisation: str, prefix: str, count: int) -> tuple[str, ...]:
    """So many names with a prefix that no profile of an organisation has."""
    if not 0 < count <= MOST:
        raise malformed(f"{count} profiles cannot be made at once: 1 to {MOST}")
    found: list[str] = []
    number = 0
    while len(found) < count:
        number += 1
        if tx.find(f"{organisation}/ls-{prefix}{number}") is None:
            found.append(f"{prefix}{number}")
    return tuple(found)


def follow(tx: Transaction, profile: ConfigMo) -> None:
    """A profile takes what its template says: from an initial one when it is first bound to it, from an updating one always."""
    template = tx.find(profile.props.get("operSrcTemplName", ""))
    if template is None:
        tx.set(profile, _template="", _followed="")
        return
    edition = _edition(tx, template) if template_of(tx, profile) is not None else ""
    if profile.props.get("_template", "") != template.dn or profile.props.get("_followed", "") != edition:
        _copy(tx, template, tx.set(profile, _template=template.dn, _followed=edition))


def _edition(tx: Transaction, template: ConfigMo) -> str:
    """A template at one moment: what has followed this edition needs to follow it no more."""
    parts = sorted(f"{record.number}.{record.version}" for record in tx.subtree(template.dn) if record.class_id not in _STATES)
    return digest(*parts)[:8].hex()


_STATES: Final = frozenset({"lsPower", "faultInst"})


def tell_instances(tx: Transaction, template: ConfigMo) -> None:
    """Profiles that follow an updating template are looked at again."""
    if template.props.get("type") == "updating-template":
        for profile in tx.of_class("lsServer"):
            if profile.props.get("operSrcTemplName") == template.dn:
                tx.mark(profile.dn)
