"""vNIC and vHBA templates, and LAN and SAN connectivity policies: where the interfaces of service profiles come from."""

from __future__ import annotations

from typing import Final, NamedTuple

from emulators.ucs.config.copying import copy_children, settings
from emulators.ucs.config.hooks import settles
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema import naming


class _Side(NamedTuple):
    """LAN or SAN: the classes of its interfaces and what they are made from."""

    transport: str
    interface: str
    network: str
    template: str
    policy: str
    resolved_policy: str
    from_template: tuple[str, ...]


LAN: Final = _Side(
    "ethernet",
    "vnicEther",
    "vnicEtherIf",
    "vnicLanConnTempl",
    "vnicLanConnPolicy",
    "operLanConnPolicyName",
    (
        "adminCdnName", "cdnSource", "etherChannelPinning", "identPoolName", "mtu", "nwCtrlPolicyName", "pinToGroupName", "qInQ",
        "qosPolicyName", "statsPolicyName", "switchId",
    ),
)  # fmt: skip
SAN: Final = _Side(
    "fc",
    "vnicFc",
    "vnicFcIf",
    "vnicSanConnTempl",
    "vnicSanConnPolicy",
    "operSanConnPolicyName",
    ("identPoolName", "maxDataFieldSize", "pinToGroupName", "qosPolicyName", "statsPolicyName", "switchId"),
)
SIDES: Final = (LAN, SAN)
OF_POLICY: Final = "conn_policy"


@settles(LAN.template, SAN.template, rank=1)
def settle_template(tx: Transaction, dn: str) -> None:
    """Interfaces that follow the template are looked at again."""
    for side in SIDES:
        for interface in tx.of_class(side.interface):
            if interface.props.get("operNwTemplName") == dn:
                tx.mark(naming.parent_of(interface.dn))


@settles(LAN.policy, SAN.policy, rank=2)
def settle_policy(tx: Transaction, dn: str) -> None:
    """The policy's interfaces follow their templates, and the profiles that have the policy follow it."""
    apply_templates(tx, dn)
    for definition in tx.of_class("vnicConnDef"):
        if dn in {definition.props.get(side.resolved_policy) for side in SIDES}:
            tx.mark(naming.parent_of(definition.dn))


def apply(tx: Transaction, profile_dn: str) -> None:
    """The profile's interfaces are those of its policies and its own, each as its template says."""
    definition = tx.child(profile_dn, "vnicConnDef")
    for side in SIDES:
        policy = tx.find(definition.props.get(side.resolved_policy, "")) if definition is not None else None
        _follow_policy(tx, profile_dn, side, policy)
    apply_templates(tx, profile_dn)
    _place(tx, profile_dn)


def _follow_policy(tx: Transaction, profile_dn: str, side: _Side, policy: ConfigMo | None) -> None:
    wanted = {} if policy is None else {one.name: one for one in tx.children(policy.dn, side.interface)}
    for interface in tx.children(profile_dn, side.interface):
        if interface.props.get("owner") == OF_POLICY and interface.name not in wanted:
            tx.remove(interface.dn)
    for rn, one in wanted.items():
        dn = naming.join(profile_dn, rn)
        tx.put(side.interface, dn, {**settings(tx, one), "owner": OF_POLICY})
        copy_children(tx, one.dn, dn, (side.network,))
    node = tx.child(policy.dn, "vnicFcNode") if policy is not None and side is SAN else None
    if node is not None:
        tx.put("vnicFcNode", f"{profile_dn}/fc-node", {**settings(tx, node), "owner": OF_POLICY})


def apply_templates(tx: Transaction, owner_dn: str) -> None:
    """Interfaces take what their templates say: from an initial one when they are first given it, from an updating one always."""
    for side in SIDES:
        for interface in tx.children(owner_dn, side.interface):
            _apply_template(tx, side, interface)


def _apply_template(tx: Transaction, side: _Side, interface: ConfigMo) -> None:
    template = tx.find(interface.props.get("operNwTemplName", ""))
    applied = interface.props.get("_template", "")
    if template is None:
        tx.set(interface, _template="")
    elif tx.value(template, "templType") == "updating-template" or applied != template.dn:
        tx.set(interface, {**{name: tx.value(template, name) for name in side.from_template}, "_template": template.dn})
        copy_children(tx, template.dn, interface.dn, (side.network,))


def _place(tx: Transaction, profile_dn: str) -> None:
    """The order of the interfaces on the bus: as users wish (``lsVConAssign`` before the interface's own), else by name."""
    assigned = {(one.props["transport"], one.props["vnicName"]): one for one in tx.children(profile_dn, "lsVConAssign")}
    wishes: list[tuple[int, str, str, str]] = []
    for side in SIDES:
        for interface in tx.children(profile_dn, side.interface):
            by_placement = assigned.get((side.transport, interface.props["name"]))
            wish = (by_placement or interface).props.get("order", "unspecified")
            slot = (by_placement or interface).props.get("adminVcon", "any")
            wishes.append((int(wish) if wish.isdigit() and wish != "0" else _LAST, side.interface, interface.dn, slot))
    for place, (_, _, dn, slot) in enumerate(sorted(wishes), 1):
        tx.set(tx.get(dn), operOrder=str(place), operVcon="1" if slot == "any" else slot, operHostPort="ANY")


_LAST: Final = 1000
"""The wish of an interface without one."""
