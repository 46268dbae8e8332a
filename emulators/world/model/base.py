"""What every entity of the world is: a frozen struct with a uid, registered by kind."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec

E = TypeVar("E", bound="Entity")


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A thing in the world, or a vendor's record about it.

    ``uid`` names it for ever; ``number`` is unique in the world, never used twice, and stands in vendor ids such as ``vm-1042``;
    ``version`` counts its changes.  A kind is declared by subclassing with ``KIND`` and the fields it can be looked up by
    (``INDEXED``: plain, optional or tuple-of-string fields).
    """

    KIND: ClassVar[str] = ""
    INDEXED: ClassVar[tuple[str, ...]] = ()
    SECRET: ClassVar[tuple[str, ...]] = ()
    """Fields that no API shows: hashes and sealed secrets."""

    uid: str
    number: int = 0
    name: str
    version: int = 1
    created: datetime
    tags: tuple[str, ...] = ()
    site: str = ""


KINDS: dict[str, type[Entity]] = {}
_ENCODER = msgspec.msgpack.Encoder()
_DECODERS: dict[str, msgspec.msgpack.Decoder[Entity]] = {}


def kind(cls: type[E]) -> type[E]:
    """Register an entity class under its ``KIND``; the one declaration that a new kind of thing needs."""
    if not cls.KIND or cls.KIND in KINDS:
        raise TypeError(f"{cls.__name__} needs a KIND of its own, not {cls.KIND!r}")
    missing = set(cls.INDEXED) - set(cls.__struct_fields__)
    if missing:
        raise TypeError(f"{cls.__name__} indexes fields that it does not have: {sorted(missing)}")
    KINDS[cls.KIND] = cls
    return cls


def encode_entity(entity: Entity) -> bytes:
    """The journal's form of an entity (msgpack)."""
    return _ENCODER.encode(entity)


def decode_entity(kind_name: str, data: bytes) -> Entity:
    """Read an entity back; raises ``msgspec.DecodeError`` or ``KeyError`` when the journal is not ours."""
    decoder = _DECODERS.get(kind_name)
    if decoder is None:
        decoder = _DECODERS[kind_name] = msgspec.msgpack.Decoder(KINDS[kind_name])
    return decoder.decode(data)


def shown_fields(cls: type[Entity]) -> tuple[str, ...]:
    """The fields of an entity class that APIs may show."""
    return tuple(name for name in cls.__struct_fields__ if name not in cls.SECRET)


def as_builtins(entity: Entity) -> dict[str, Any]:
    """Every field of the entity that may be shown, as JSON-able data, with its kind, for REST answers and exports."""
    return {"kind": entity.KIND, **{name: msgspec.to_builtins(getattr(entity, name)) for name in shown_fields(type(entity))}}
