"""Commands: what can be asked of the world, as data; and the registry of who decides them.

A command is a frozen struct with a tag (``class SetPower(Command, tag="vm.set_power")``); one function registered with
``@decides(SetPower)`` turns it into events.  An *operation* is a command whose effect takes time or touches a machine: it becomes
a Task, ``@begins`` checks it and locks its subject, ``@finishes`` says what follows when its effect is done, ``@fails`` what when
it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

import msgspec

from dcsim.events import Actor

if TYPE_CHECKING:
    from emulators.world.decide import Decision
    from emulators.world.state import WorldState


class Command(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="command"):
    """Something asked of the world."""


class Operation(Command, frozen=True, kw_only=True, omit_defaults=True):
    """A command that becomes a Task.

    ``LABEL`` is the verb a person reads, ``SUBJECT`` names the field with the uid of what it is about, ``LOCKS`` says whether others
    must wait, ``SECONDS`` is how long it takes in a real datacenter beyond what its machine takes.
    """

    LABEL: ClassVar[str] = ""
    SUBJECT: ClassVar[str] = "vm"
    LOCKS: ClassVar[bool] = True
    SECONDS: ClassVar[float] = 2.0
    CANCELABLE: ClassVar[bool] = False

    def room(self, state: WorldState) -> Room:
        """What it takes of a host and a pool while it runs: nothing, unless it brings something into them."""
        return Room()


class Room(NamedTuple):
    """A host and a pool (uids), and what is taken of both; see ``capacity.Promised``."""

    host: str = ""
    pool: str = ""
    amounts: tuple[int, ...] = ()


class Effect(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the effect of an operation brought back from the machine backend."""

    machine: str = ""
    ref: str = ""
    hostname: str = ""
    addresses: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    started: datetime | None = None
    text: str = ""


C = TypeVar("C", bound=Command)
O = TypeVar("O", bound=Operation)  # noqa: E741 - pairs with C
Decider = Callable[["Decision", Any], Any]

DECIDERS: dict[type[Command], Decider] = {}
BEGINS: dict[type[Operation], Decider] = {}
FINISHES: dict[type[Operation], Callable[[Decision, Any, Effect], Any]] = {}
FAILS: dict[type[Operation], Callable[[Decision, Any, str], Any]] = {}
EFFECTLESS: set[type[Operation]] = set()
LAWS: dict[str, list[Callable[[Decision, Any], None]]] = {}


def decides(cls: type[C]) -> Callable[[Callable[[Decision, C], Any]], Callable[[Decision, C], Any]]:
    """Register the function that decides a command; what it returns becomes the outcome's ``result``."""
    return _registrar(DECIDERS, cls)


def begins(cls: type[O]) -> Callable[[Callable[[Decision, O], Any]], Callable[[Decision, O], Any]]:
    """Register the function that checks an operation and makes its first events, before its effect."""
    return _registrar(BEGINS, cls)


def finishes(
    cls: type[O], *, effect: bool = True
) -> Callable[[Callable[[Decision, O, Effect], Any]], Callable[[Decision, O, Effect], Any]]:
    """Register what follows an operation's effect; it returns the result's uid or None.  ``effect=False``: no machine is involved."""
    if not effect:
        EFFECTLESS.add(cls)
    return _registrar(FINISHES, cls)


def fails(cls: type[O]) -> Callable[[Callable[[Decision, O, str], Any]], Callable[[Decision, O, str], Any]]:
    """Register what follows when an operation's effect failed: the undoing of what ``begins`` did."""
    return _registrar(FAILS, cls)


def follows(*types: Any) -> Callable[[Callable[[Decision, Any], None]], Callable[[Decision, Any], None]]:
    """Register a law: what follows, in the same transaction, from any event of these types."""

    def register(law: Callable[[Decision, Any], None]) -> Callable[[Decision, Any], None]:
        for event_type in types:
            LAWS.setdefault(event_type.name, []).append(law)
        return law

    return register


def _registrar(table: dict[Any, Any], cls: type[Command]) -> Callable[[Any], Any]:
    def register(function: Any) -> Any:
        if cls in table:
            raise TypeError(f"{cls.__name__} is decided twice: {table[cls].__qualname__} and {function.__qualname__}")
        table[cls] = function
        return function

    return register


_encoder = msgspec.msgpack.Encoder()
_decoders: dict[int, msgspec.msgpack.Decoder[Command]] = {}


def encode_command(command: Command) -> bytes:
    """The journal's form of a command that is to be executed later (msgpack with its tag)."""
    return _encoder.encode(command)


def decode_command(data: bytes) -> Command:
    """Read a command back; raises ``msgspec.DecodeError`` for an unknown one."""
    size = len(DECIDERS) + len(BEGINS)
    decoder = _decoders.get(size)
    if decoder is None:
        decoder = _decoders[size] = msgspec.msgpack.Decoder(_union(tuple(_all_commands(Command.__subclasses__()))))
    return decoder.decode(data)


def _all_commands(classes: Iterable[type[Command]]) -> Iterable[type[Command]]:
    for cls in classes:
        if cls.__struct_config__.tag is not None and (cls in DECIDERS or cls in BEGINS):
            yield cls
        yield from _all_commands(cls.__subclasses__())


def _union(classes: tuple[type[Command], ...]) -> Any:
    from typing import Union  # noqa: PLC0415 - only here is a union made at run time

    return Union[classes]  # noqa: UP007


class Outcome(msgspec.Struct, frozen=True):
    """What a command brought: the journal's sequence after it, and its result (a uid, or None); for an operation, the task's uid."""

    sequence: int
    result: Any = None


class Request(msgspec.Struct, frozen=True):
    """A command on its way: who asks, the version of its subject that the asker has seen (None: any), and its idempotency key."""

    command: Command
    actor: Actor
    subject: str = ""
    expected_version: int | None = None
    key: str = ""
