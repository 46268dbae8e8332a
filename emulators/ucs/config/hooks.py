"""Where the meaning of configuration objects is registered.

``on_create`` runs after an object was made, ``on_delete`` before it goes (and may refuse, as ``guards`` may for what a client deletes with
all that is under it), ``on_set`` after a client named a property of an
object that was there.  A *unit* is an object that is looked at as a whole at the end of every transaction that changed it or anything under
it: ``settles`` registers who does, in order of ``rank``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from emulators.ucs.records import ConfigMo

if TYPE_CHECKING:
    from emulators.ucs.config.transaction import Transaction

Hook = Callable[["Transaction", ConfigMo], None]
Setter = Callable[["Transaction", ConfigMo, str], None]
Settle = Callable[["Transaction", str], None]


class Settler(NamedTuple):
    """Who brings the units of a class in order; lower ranks come first, because higher ones depend on them."""

    rank: int
    settle: Settle


ON_CREATE: Final[dict[str, list[Hook]]] = {}
ON_DELETE: Final[dict[str, list[Hook]]] = {}
GUARDS: Final[dict[str, list[Hook]]] = {}
ON_SET: Final[dict[tuple[str, str], list[Setter]]] = {}
SETTLERS: Final[dict[str, Settler]] = {}


def on_create(*class_ids: str) -> Callable[[Hook], Hook]:
    """Register what follows the creation of an object."""
    return _registrar(ON_CREATE, class_ids)


def on_delete(*class_ids: str) -> Callable[[Hook], Hook]:
    """Register what precedes the deletion of an object: a Refusal, or what goes with it."""
    return _registrar(ON_DELETE, class_ids)


def guards(*class_ids: str) -> Callable[[Hook], Hook]:
    """Register who may refuse that a client deletes an object, before anything under it goes."""
    return _registrar(GUARDS, class_ids)


def on_set(class_id: str, prop: str) -> Callable[[Setter], Setter]:
    """Register what a client means by setting a property; it gets the value, which the record has by then."""

    def register(function: Setter) -> Setter:
        ON_SET.setdefault((class_id, prop), []).append(function)
        return function

    return register


def settles(*class_ids: str, rank: int) -> Callable[[Settle], Settle]:
    """Register who brings units of these classes in order; it gets the unit's DN, at which there may be nothing any more."""

    def register(function: Settle) -> Settle:
        for class_id in class_ids:
            if class_id in SETTLERS:
                raise TypeError(f"{class_id} is settled twice")
            SETTLERS[class_id] = Settler(rank, function)
        return function

    return register


def _registrar(table: dict[str, list[Hook]], class_ids: tuple[str, ...]) -> Callable[[Hook], Hook]:
    def register(function: Hook) -> Hook:
        for class_id in class_ids:
            table.setdefault(class_id, []).append(function)
        return function

    return register
