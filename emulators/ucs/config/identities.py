"""What service profiles are known by: UUID, MACs, WWNs and management address, drawn from pools or given by users."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from dcsim.ids import uuid_for
from emulators.ucs.config.hooks import on_delete
from emulators.ucs.config.pools import IP, MAC, UUID, WWN, PoolKind, draw, holder_of, release, reserve
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema import naming


class Identity(NamedTuple):
    """One identity of a class of objects; ``pending`` is what it is until it is assigned, the first of them what it becomes again."""

    class_id: str
    kind: PoolKind
    prop: str
    pool: str
    pending: tuple[str, ...]
    issue: str
    write: Callable[[Transaction, str, str], str] = lambda _tx, _pool, address: address
    """The value for an address of a pool."""


def _uuid_of(tx: Transaction, pool_dn: str, suffix: str) -> str:
    pool = tx.find(pool_dn)
    prefix = tx.value(pool, "prefix") if pool is not None else "derived"
    if prefix == "derived":
        prefix = uuid_for("uuid prefix", tx.domain)[:18]
    return f"{prefix}-{suffix}".lower()


SYSTEM_UUID: Final = Identity("lsServer", UUID, "uuid", "operIdentPoolName", ("derived", ""), "system-uuid-assignment", _uuid_of)
VNIC_MAC: Final = Identity("vnicEther", MAC, "addr", "operIdentPoolName", ("derived", "", "00:00:00:00:00:00"), "mac-address-assignment")
_NO_WWN: Final = "00:00:00:00:00:00:00:00"
PORT_WWN: Final = Identity("vnicFc", WWN, "addr", "operIdentPoolName", ("derived", "", _NO_WWN), "wwpn-assignment")
NODE_WWN: Final = Identity("vnicFcNode", WWN, "addr", "operIdentPoolName", ("pool-derived", "", _NO_WWN), "wwnn-assignment")
MANAGEMENT_IP: Final = Identity("vnicIpV4PooledAddr", IP, "addr", "operName", ("0.0.0.0", ""), "")  # noqa: S104 - it hinders nobody
BY_CLASS: Final = {one.class_id: one for one in (SYSTEM_UUID, VNIC_MAC, PORT_WWN, NODE_WWN, MANAGEMENT_IP)}


def assign(tx: Transaction, profile: ConfigMo) -> set[str]:
    """Give the profile and its interfaces their identities; answers the issues of those that must have one and can't."""
    ports = tx.children(profile.dn, "vnicFc")
    nodes = tx.children(profile.dn, "vnicFcNode")
    for node in () if ports else nodes:
        give_back(tx, node)
    _follow_management(tx, profile)
    issues = {issue for holder in holders(tx, profile) if (issue := _assign(tx, BY_CLASS[holder.class_id], holder))}
    for port in ports:
        tx.set(port, nodeAddr=next((tx.get(node.dn).props["addr"] for node in nodes), "vnic-derived"))
    return issues


def holders(tx: Transaction, profile: ConfigMo) -> list[ConfigMo]:
    """The profile and what it has that needs an identity; a node name only with a vHBA."""
    ports = tx.children(profile.dn, "vnicFc")
    nodes = tx.children(profile.dn, "vnicFcNode") if ports else []
    return [tx.get(profile.dn), *tx.children(profile.dn, "vnicEther"), *ports, *nodes, *tx.children(profile.dn, "vnicIpV4PooledAddr")]


def _assign(tx: Transaction, identity: Identity, holder: ConfigMo) -> str:
    """One identity: kept when it is as it should be, else drawn; answers the issue when it can't be."""
    holder = _let_go(tx, identity, holder)
    value, pool = holder.props.get(identity.prop, ""), holder.props.get(identity.pool, "")
    if value not in identity.pending:
        return _keep_out_of_pools(tx, identity, holder, value) if not holder.props.get("_address") else ""
    if not pool:
        return "" if identity is SYSTEM_UUID else identity.issue
    address = draw(tx, identity.kind, pool, holder.dn)
    if not address:
        return identity.issue
    tx.set(holder, {identity.prop: identity.write(tx, pool, address), "_pool": pool, "_address": address})
    if identity is MANAGEMENT_IP:
        pooled = tx.get(naming.join(pool, address))
        tx.set(holder, {name: pooled.props[name] for name in ("defGw", "subnet", "primDns", "secDns") if name in pooled.props})
    return ""


def _let_go(tx: Transaction, identity: Identity, holder: ConfigMo) -> ConfigMo:
    """Give back what was drawn from a pool that is no longer named, or that users have replaced by a value of their own."""
    pool, address = holder.props.get("_pool", ""), holder.props.get("_address", "")
    if not address:
        return holder
    value = holder.props.get(identity.prop, "")
    untouched = value == identity.write(tx, pool, address)
    if untouched and (pool == holder.props.get(identity.pool, "") or holder.props.get("_given") == "yes"):
        return holder
    release(tx, identity.kind, pool, address)
    restored = {identity.prop: identity.pending[0]} if untouched else {}
    return tx.set(holder, {"_pool": "", "_address": "", "_given": "", **restored})


def _keep_out_of_pools(tx: Transaction, identity: Identity, holder: ConfigMo, value: str) -> str:
    """A value that users gave themselves is taken in the pool that has it too; a conflict when another has it."""
    for block in tx.of_class(identity.kind.block):
        pool = naming.parent_of(block.dn)
        address = _address_in(tx, identity, block, pool, value)
        if address:
            owner = holder_of(tx, pool, address)
            if owner not in {"", holder.dn}:
                return "duplicate-address-conflict"
            reserve(tx, identity.kind, pool, address, holder.dn, block)
            tx.set(holder, _pool=pool, _address=address, _given="yes")
            return ""
    return ""


def _address_in(tx: Transaction, identity: Identity, block: ConfigMo, pool: str, value: str) -> str:
    """The address of a block that is written like the value; empty when it has none."""
    tail = value[-17:] if identity is SYSTEM_UUID else value
    kind = identity.kind
    first, last = kind.parse(block.props["from"]), kind.parse(block.props["to"])
    number = kind.parse(tail) if tail else -1
    if not first <= number <= last:
        return ""
    address = kind.write(tx.get(pool), block, number)
    return address if identity.write(tx, pool, address).lower() == value.lower() else ""


def _follow_management(tx: Transaction, profile: ConfigMo) -> None:
    """There is an object of the pooled management address while the profile wants one."""
    present = tx.child(profile.dn, "vnicIpV4PooledAddr")
    dn = f"{profile.dn}/ipv4-pooled-addr"
    if tx.value(profile, "extIPState") == "pooled":
        tx.put("vnicIpV4PooledAddr", dn, {"name": tx.value(profile, "extIPPoolName") or "ext-mgmt"})
    elif present is not None:
        tx.remove(dn)


@on_delete(*BY_CLASS)
def give_back(tx: Transaction, holder: ConfigMo) -> None:
    """What was drawn for an object goes back to its pool."""
    pool, address = holder.props.get("_pool", ""), holder.props.get("_address", "")
    if address:
        identity = BY_CLASS[holder.class_id]
        release(tx, identity.kind, pool, address)
        untouched = holder.props.get(identity.prop) == identity.write(tx, pool, address)
        tx.set(holder, {"_pool": "", "_address": "", "_given": "", **({identity.prop: identity.pending[0]} if untouched else {})})
