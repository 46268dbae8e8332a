"""Server pools: who is in them, and which server a profile draws."""

from __future__ import annotations

from typing import Final

from emulators.ucs.config import association, problems
from emulators.ucs.config.hooks import on_create, on_delete, settles
from emulators.ucs.config.servers import is_usable, occupant, server_at
from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.refusals import Refusal
from emulators.ucs.schema import naming

MEMBERS: Final = ("computePooledSlot", "computePooledRackUnit")


def server_for(tx: Transaction, requirement: ConfigMo, current: str) -> str:
    """The server of a profile that draws from a pool: the one it has (``current``), whatever became of the pool since, else a free one.

    Empty when there is none; then the pool is at fault.
    """
    name = tx.value(requirement, "name")
    if current and requirement.props.get("_drawn") == name:
        return current
    pool = tx.find(requirement.props.get("operName", ""))
    if pool is None:
        return ""
    members = [_server_of(one) for one in _members(tx, pool.dn)]
    found = current if current in members else next((dn for dn in sorted(members, key=_place) if _is_free(tx, dn)), "")
    problems.report(tx, pool, problems.SERVER_POOL_EMPTY, "" if found else f"Server pool {pool.dn} has no server left.")
    tx.set(requirement, pnPoolDn=pool.dn, _drawn=name if found else "")
    return found


def _members(tx: Transaction, pool: str) -> list[ConfigMo]:
    return [member for class_id in MEMBERS for member in tx.children(pool, class_id)]


def _server_of(member: ConfigMo) -> str:
    if member.class_id == "computePooledRackUnit":
        return f"sys/rack-unit-{member.props['id']}"
    return f"sys/chassis-{member.props['chassisId']}/blade-{member.props['slotId']}"


def _place(dn: str) -> list[int]:
    return [int(part.rpartition("-")[2]) for part in dn.split("/")[1:]]


def _is_free(tx: Transaction, dn: str) -> bool:
    blade = server_at(tx.state, tx.domain, dn)
    return blade is not None and is_usable(blade) and not occupant(tx, dn, blade)


@settles("computePool", rank=0)
def settle_server_pool(tx: Transaction, dn: str) -> None:
    """The pool counts its servers; profiles that wait for one try again."""
    pool = tx.find(dn)
    if pool is None:
        return
    members = _members(tx, dn)
    for member in members:
        server = _server_of(member)
        blade = server_at(tx.state, tx.domain, server)
        owner = occupant(tx, server, blade) if blade is not None else ""
        tx.set(member, assigned="yes" if owner else "no", assignedToDn=owner, poolableDn=server if blade is not None else "")
    taken = sum(tx.get(member.dn).props["assigned"] == "yes" for member in members)
    tx.set(pool, size=str(len(members)), assigned=str(taken))
    for requirement in tx.of_class("lsRequirement"):
        if requirement.props.get("operName") == dn and not requirement.props.get("pnDn"):
            tx.mark(naming.parent_of(requirement.dn))


def look_at(tx: Transaction, server: str) -> None:
    """Server pools that a server belongs to are looked at again: it was taken or is free."""
    for class_id in MEMBERS:
        for member in tx.of_class(class_id):
            if _server_of(member) == server:
                tx.mark(naming.parent_of(member.dn))


association.AT_END.append(look_at)


@on_create(*MEMBERS)
def add_pooled_server(tx: Transaction, member: ConfigMo) -> None:
    """A server that there is."""
    if server_at(tx.state, tx.domain, _server_of(member)) is None:
        raise Refusal(102, f"configured object ({_server_of(member)}) not found")


@on_delete("computePool")
def remove_server_pool(tx: Transaction, pool: ConfigMo) -> None:
    """Profiles keep the servers that they drew; the pool's problems go with it."""
    problems.forget(tx, pool)
