"""What OpenStack's services ask of the world: functions that decide, called by name, so that what is asked is data.

    @ask
    def create_keypair(decision: Decision, *, user: str, name: str, public_key: str) -> Keypair:
        ...check...; return decision.create(KEYPAIR_CREATED, Keypair, name=name, ...)

    keypair = await call.ask(create_keypair, user=..., name=..., public_key=...)

The function runs inside one transaction of the world: it checks, it changes, and whatever it raises undoes all of it.  It is pure: no
I/O, no clock but ``decision.now``, no randomness but ``decision.new_uuid()`` and its like.  Its arguments are plain data or structs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import msgspec

from emulators.world.commands import Command, decides
from emulators.world.decide import Decision

P = ParamSpec("P")
R = TypeVar("R")
ASKS: Final[dict[str, Callable[..., Any]]] = {}
_PREFIX: Final = "emulators.openstack."


class Ask(Command, frozen=True, kw_only=True, tag="openstack.ask"):
    """Ask for what the function called ``ask`` decides."""

    ask: str
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)


def ask(function: Callable[Concatenate[Decision, P], R]) -> Callable[Concatenate[Decision, P], R]:
    """Register a deciding function; its name is its module's and its own."""
    name = name_of(function)
    if name in ASKS:
        raise TypeError(f"{name} is registered twice")
    ASKS[name] = function
    return function


def name_of(function: Callable[..., Any]) -> str:
    """``compute.keypairs.create_keypair`` of the function in that module."""
    return f"{function.__module__.removeprefix(_PREFIX)}.{function.__qualname__}"


@decides(Ask)
def decide(decision: Decision, command: Ask) -> Any:
    """What the function answers."""
    return ASKS[command.ask](decision, **command.arguments)
