"""Drawing addresses from pools and giving them back.

An address that is or was assigned has a *pooled* object (``macpoolPooled`` ...) under its pool; those never assigned have none of their
own, and are shown by ``projection``.
"""

from __future__ import annotations

from collections.abc import Iterator

from emulators.ucs.config.pools.kinds import IP, MAC, WWN, PoolKind
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema import naming


def draw(tx: Transaction, kind: PoolKind, pool_dn: str, holder: str) -> str:
    """An address that nobody has, assigned to ``holder`` (a DN); empty when the pool is exhausted.

    A sequential pool gives its lowest free address, any other its highest.
    """
    pool = tx.find(pool_dn)
    if pool is None or int(pool.props.get("assigned", "0")) >= int(pool.props.get("size", "0")):
        return ""
    taken = {one.name for one in tx.children(pool_dn, kind.pooled) if one.props.get("assigned") == "yes"}
    for block, number in _numbers(tx, kind, pool):
        address = kind.write(pool, block, number)
        if address not in taken:
            reserve(tx, kind, pool_dn, address, holder, block)
            return address
    return ""


def _numbers(tx: Transaction, kind: PoolKind, pool: ConfigMo) -> Iterator[tuple[ConfigMo, int]]:
    sequential = tx.value(pool, "assignmentOrder") == "sequential"
    blocks = sorted(tx.children(pool.dn, kind.block), key=lambda block: kind.parse(block.props["from"]))
    for block in blocks:
        numbers = range(kind.parse(block.props["from"]), kind.parse(block.props["to"]) + 1)
        for number in numbers if sequential else reversed(numbers):
            yield block, number


def holder_of(tx: Transaction, pool_dn: str, address: str) -> str:
    """Who has an address of a pool; empty when nobody does."""
    pooled = tx.find(naming.join(pool_dn, address))
    return pooled.props.get("assignedToDn", "") if pooled is not None else ""


def reserve(tx: Transaction, kind: PoolKind, pool_dn: str, address: str, holder: str, block: ConfigMo | None = None) -> None:
    """The address is the holder's, and the pool counts it; says nothing when somebody has it already."""
    dn = naming.join(pool_dn, address)
    if holder_of(tx, pool_dn, address):
        return
    shared = {name: block.props[name] for name in _SHARED if name in block.props} if block is not None and kind is IP else {}
    tx.put(kind.pooled, dn, {**shared, "assigned": "yes", "assignedToDn": holder})
    _count(tx, kind, pool_dn, 1)


_SHARED = ("defGw", "primDns", "secDns", "subnet")


def release(tx: Transaction, kind: PoolKind, pool_dn: str, address: str) -> None:
    """The address is nobody's any more; says nothing when its pool is gone."""
    pooled = tx.find(naming.join(pool_dn, address))
    if pooled is not None and pooled.props.get("assigned") == "yes":
        tx.set(pooled, assigned="no", assignedToDn="", prevAssignedToDn=pooled.props.get("assignedToDn", ""))
        _count(tx, kind, pool_dn, -1)


def _count(tx: Transaction, kind: PoolKind, pool_dn: str, more: int) -> None:
    pool = tx.get(pool_dn)
    add(tx, pool, kind, "assigned", more)


def add(tx: Transaction, pool: ConfigMo, kind: PoolKind, counter: str, more: int) -> ConfigMo:
    """Count so many more in a pool (``assigned``, ``size``), and among its addresses of the family."""
    names = (counter, *((f"{kind.family}{counter.capitalize()}",) if kind.family else ()))
    return tx.set(pool, {name: str(int(pool.props.get(name, "0")) + more) for name in names})


def pooled_in(tx: Transaction, kind: PoolKind, pool_dn: str, block: ConfigMo, first: int, last: int) -> list[ConfigMo]:
    """The addresses of a block that are or were assigned."""
    pool = tx.get(pool_dn)
    wanted = {kind.write(pool, block, number) for number in range(first, last + 1)}
    return [one for one in tx.children(pool_dn, kind.pooled) if one.props.get(kind.id_prop) in wanted]


def explicit_holders(tx: Transaction, kind: PoolKind, first: int, last: int) -> Iterator[tuple[str, str]]:
    """The addresses in a range that users have given themselves, with who has them: pools do not give them to others."""
    for class_id in {MAC: ("vnicEther",), WWN: ("vnicFc", "vnicFcNode")}.get(kind, ()):
        for record in tx.of_class(class_id):
            address = record.props.get("addr", "").upper()
            if ":" in address and first <= kind.parse(address) <= last:
                yield address, record.dn
