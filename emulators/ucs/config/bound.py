"""Service profiles that are bound to an updating template: what comes from the template can't be changed in them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal
from emulators.ucs.schema import naming

OWN_CLASSES: Final = frozenset({"lsPower", "lsBinding", "lsRequirement", "lsmaintAck", "vnicIpV4StaticAddr"})
"""Objects of a profile that are its own, whatever its template says."""
OWN_PROPS: Final = frozenset({"descr", "usrLbl", "srcTemplName", "uuid", "addr"})
"""Properties that are its own."""


def profile_of(tx: Transaction, dn: str) -> ConfigMo | None:
    """The service profile that an object is or belongs to."""
    while dn:
        record = tx.find(dn)
        if record is not None and record.class_id == "lsServer":
            return record
        dn = naming.parent_of(dn)
    return None


def template_of(tx: Transaction, profile: ConfigMo) -> ConfigMo | None:
    """The updating template that a profile is bound to."""
    template = tx.find(profile.props.get("operSrcTemplName", ""))
    return template if template is not None and template.props.get("type") == "updating-template" else None


def refuse_change(tx: Transaction, dn: str, class_id: str, props: Collection[str] = ()) -> None:
    """Refuse a client's change of what comes from a template."""
    if class_id in OWN_CLASSES or (props and set(props) <= OWN_PROPS):
        return
    profile = profile_of(tx, dn)
    if profile is None or (profile.dn == dn and not props):
        return
    template = template_of(tx, profile)
    if template is not None:
        raise Refusal(106, f"Service profile {profile.dn} is bound to the updating template {template.dn}; unbind it first.")
