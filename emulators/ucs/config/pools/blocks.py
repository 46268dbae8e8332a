"""Blocks of addresses: what they may be, and how they count in their pools."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Final

from emulators.ucs.config import problems
from emulators.ucs.config.hooks import on_create, on_delete
from emulators.ucs.config.pools.drawing import add, explicit_holders, pooled_in, reserve
from emulators.ucs.config.pools.kinds import BY_BLOCK, BY_POOL, IP, IQN, PoolKind
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal, malformed
from emulators.ucs.schema import naming

TOO_LARGE: Final = 150
IN_USE: Final = 105


def bounds(kind: PoolKind, block: ConfigMo) -> tuple[int, int]:
    """The first and last number of a block; a Refusal when they are none."""
    try:
        first, last = kind.parse(block.props["from"]), kind.parse(block.props["to"])
    except ValueError as error:
        raise malformed(f"{block.props['from']}-{block.props['to']} is no range of {kind.what}es, class {block.class_id}") from error
    return first, last


@on_create(*BY_BLOCK)
def add_block(tx: Transaction, block: ConfigMo) -> None:
    """The pool has so many addresses more; refused when the range is upside down, too large, or overlaps another."""
    kind = BY_BLOCK[block.class_id]
    first, last = bounds(kind, block)
    if first > last:
        raise malformed(f"the range {block.props['from']}-{block.props['to']} is upside down, class {block.class_id}")
    if last - first >= kind.most:
        raise Refusal(TOO_LARGE, f"Block {block.dn} has {last - first + 1} addresses; a block may have {kind.most}.")
    if kind is IP:
        _check_subnet(block, first, last)
    _check_overlap(tx, kind, block, first, last)
    pool = _count(tx, kind, block, last - first + 1)
    for address, holder in explicit_holders(tx, kind, first, last):
        reserve(tx, kind, pool.dn, address, holder)


def _check_subnet(block: ConfigMo, first: int, last: int) -> None:
    mask, gateway = block.props.get("subnet", "255.255.255.0"), block.props.get("defGw", "0.0.0.0")  # noqa: S104 - what UCS Manager has for none
    try:
        network = IPv4Network((first, mask), strict=False)
        wrong = last not in range(int(network.network_address), int(network.broadcast_address) + 1)
        outside = gateway != "0.0.0.0" and IP.parse(gateway) not in range(int(network[0]), int(network[-1]) + 1)  # noqa: S104
    except ValueError as error:
        raise malformed(f"{mask} or {gateway} is no subnet or gateway, class {block.class_id}") from error
    if wrong or outside:
        raise malformed(
            f"{block.props['from']}-{block.props['to']} or the gateway {gateway} is outside of the subnet, class {block.class_id}"
        )


def _check_overlap(tx: Transaction, kind: PoolKind, block: ConfigMo, first: int, last: int) -> None:
    for other in tx.of_class(kind.block):
        if other.dn == block.dn or (kind is IQN and _spelling(tx, other) != _spelling(tx, block)):
            continue
        if kind.pool == "uuidpoolPool" and _prefix(tx, other) != _prefix(tx, block):
            continue
        low, high = bounds(kind, other)
        if first <= high and low <= last:
            raise Refusal(103, f"Block {block.dn} overlaps {other.dn}.")


def _spelling(tx: Transaction, block: ConfigMo) -> tuple[str, str]:
    return _prefix(tx, block), block.props.get("suffix", "")


def _prefix(tx: Transaction, block: ConfigMo) -> str:
    return tx.get(naming.parent_of(block.dn)).props.get("prefix", "")


def _count(tx: Transaction, kind: PoolKind, block: ConfigMo, more: int) -> ConfigMo:
    pool = tx.get(naming.parent_of(block.dn))
    return add(tx, pool, kind, "size", more)


@on_delete(*BY_BLOCK)
def remove_block(tx: Transaction, block: ConfigMo) -> None:
    """The pool has so many addresses less; refused while profiles have some of them."""
    kind = BY_BLOCK[block.class_id]
    first, last = bounds(kind, block)
    pool = tx.get(naming.parent_of(block.dn))
    for pooled in pooled_in(tx, kind, pool.dn, block, first, last):
        if pooled.props.get("assigned") == "yes":
            raise Refusal(IN_USE, f"Block {block.dn} is in use: {pooled.name} is assigned to {pooled.props.get('assignedToDn', '')}.")
        tx.remove(pooled.dn)
    _count(tx, kind, block, -(last - first + 1))


@on_delete(*BY_POOL)
def remove_pool(tx: Transaction, pool: ConfigMo) -> None:
    """Refused while profiles have addresses of it; its problems go with it."""
    problems.forget(tx, pool)
    if pool.props.get("assigned", "0") != "0":
        raise Refusal(IN_USE, f"Pool {pool.dn} is in use: {pool.props['assigned']} of its addresses are assigned.")
