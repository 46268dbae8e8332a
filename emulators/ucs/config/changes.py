"""What clients ask to be configured, as data."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from emulators.ucs.schema.metadata import ANNOUNCED
from emulators.world.commands import Command


class MoChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One object to create, modify or delete, and those under it.

    ``dn`` may be left out where ``rn`` or the naming properties say it; ``status`` is as it came: empty, ``created``, ``modified``,
    ``created,modified`` or ``deleted``.
    """

    class_id: str
    dn: str = ""
    rn: str = ""
    status: str = ""
    props: dict[str, str] = msgspec.field(default_factory=dict)
    children: tuple[MoChange, ...] = ()

    def walk(self) -> Iterator[MoChange]:
        """This change and all under it."""
        yield self
        for child in self.children:
            yield from child.walk()


class ConfigureMos(Command, frozen=True, kw_only=True, tag="ucs.configure"):
    """Make all changes in a domain, or none; its result are the DNs of ``changes`` in their order.

    ``shown`` are the objects that exist without a record of their own, by DN with their classes: those among the DNs that are changed, and
    their parents; ``sealed`` has the hashes of the passwords in ``changes``.
    """

    domain: str
    changes: tuple[MoChange, ...]
    shown: dict[str, str] = msgspec.field(default_factory=dict)
    version: str = ANNOUNCED
    sealed: dict[str, str] = msgspec.field(default_factory=dict)


class EstimateImpact(Command, frozen=True, kw_only=True, tag="ucs.estimate_impact"):
    """Say what the changes would set off (an ``Impact``), and make none; the fields are those of ``ConfigureMos``."""

    domain: str
    changes: tuple[MoChange, ...]
    shown: dict[str, str] = msgspec.field(default_factory=dict)
    version: str = ANNOUNCED


class Impact(msgspec.Struct, frozen=True):
    """Service profiles (DNs) that would be sent to a server or taken from one, and those whose change would wait for somebody."""

    affected: tuple[str, ...]
    waiting: tuple[str, ...]
