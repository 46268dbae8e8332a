"""Configuration objects of UCS Manager as vendor records, found by DN, by parent and by class.

A record is either an object of its own (an organisation, a pool, a service profile), or, with ``overrides``, what users have set on
an object that the world itself has (a blade's label): then its properties are laid over the projected ones, and it shows only while
that object exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar

from dcsim.ids import uid_for
from emulators.ucs.schema import naming
from emulators.world.decide import Decision
from emulators.world.decisions.records import RECORD_CHANGED, RECORD_CREATED, RECORD_DELETED, Record
from emulators.world.model import kind
from emulators.world.state import WorldState


@kind
class ConfigMo(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A managed object of the UCS domain with uid ``domain``; ``name`` is its relative name, ``props`` hold no dn.

    ``parent`` and ``of_class`` are index values: see ``place_key`` and ``class_key``.
    """

    KIND: ClassVar[str] = "ucs_mo"
    INDEXED: ClassVar[tuple[str, ...]] = ("domain", "parent", "of_class")

    domain: str
    dn: str
    class_id: str
    parent: str
    of_class: str
    props: dict[str, str]
    overrides: bool = False


@lru_cache(maxsize=1 << 16)
def mo_uid(domain: str, dn: str) -> str:
    """The uid of the record of a DN in a domain, whether there is one or not."""
    return uid_for(ConfigMo.KIND, domain, dn)


def place_key(domain: str, parent_dn: str) -> str:
    """The value of ``parent`` of the records under a DN."""
    return f"{domain} {parent_dn}"


def class_key(domain: str, class_id: str) -> str:
    """The value of ``of_class`` of the records of a class."""
    return f"{domain} {class_id}"


# -- reading: on a state, so that transactions see their own changes -----------------------------------------------------------


def find(state: WorldState, domain: str, dn: str) -> ConfigMo | None:
    """The record of a DN, overriding ones included; None when there is none."""
    return state.maybe(ConfigMo, mo_uid(domain, dn))


def children(state: WorldState, domain: str, parent_dn: str) -> list[ConfigMo]:
    """The records under a DN, in order of creation."""
    return state.where(ConfigMo, "parent", place_key(domain, parent_dn))


def of_class(state: WorldState, domain: str, class_id: str) -> list[ConfigMo]:
    """The records of a class, in order of creation."""
    return state.where(ConfigMo, "of_class", class_key(domain, class_id))


def subtree(state: WorldState, domain: str, dn: str) -> Iterator[ConfigMo]:
    """The record of a DN, if there is one, and all under it, parents first."""
    top = find(state, domain, dn)
    if top is not None:
        yield top
    for child in children(state, domain, dn):
        yield from subtree(state, domain, child.dn)


# -- writing: within a transaction ----------------------------------------------------------------------------------------------


def create(decision: Decision, domain: str, class_id: str, dn: str, props: dict[str, str], *, overrides: bool = False) -> ConfigMo:
    """Make the record of an object; raises AlreadyExists when its DN has one.  Nothing is validated here."""
    parent, rn = naming.divide(dn)
    fields: dict[str, Any] = {
        "uid": mo_uid(domain, dn),
        "name": rn,
        "domain": domain,
        "dn": dn,
        "class_id": class_id,
        "parent": place_key(domain, parent),
        "of_class": class_key(domain, class_id),
        "props": props,
        "overrides": overrides,
    }
    return decision.create(RECORD_CREATED, ConfigMo, **fields)


def change(decision: Decision, record: ConfigMo, **props: str) -> ConfigMo:
    """Set properties of a record, leaving the others."""
    return decision.update(RECORD_CHANGED, record, props={**record.props, **props})


def delete(decision: Decision, record: ConfigMo) -> None:
    """Delete one record; those under it are the caller's to delete first."""
    decision.delete(RECORD_DELETED, record)
