"""What the parts of ``realise`` share: the seed, the time, the next number, and uids from names."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from dcsim.ids import uid_for, uuid_for
from emulators.world.identity import first_free
from emulators.world.inventory.spec import Inventory, NicSpec
from emulators.world.model import Entity, Project

E = TypeVar("E", bound=Entity)


class Making:
    """One run of ``realise``.  A uid derives from kind, seed and name, so references need no look-up and no order."""

    def __init__(self, inventory: Inventory, seed: int, now: datetime) -> None:
        self.inventory = inventory
        self.seed = seed
        self.now = now
        self._number = 0
        self._drawn = {nic.mac for vm in inventory.vms for nic in vm.networks if isinstance(nic, NicSpec)}

    def make(self, cls: type[E], path: tuple[str | int, ...], /, **fields: Any) -> E:
        """The entity that ``uid(cls, *path)`` refers to."""
        self._number += 1
        return cls(uid=self.uid(cls, *path), number=self._number, created=self.now, **fields)

    def uid(self, cls: type[Entity], *path: str | int) -> str:
        """The uid of the thing of that name; a project's is Keystone's id of it."""
        if cls is Project:
            return uuid_for(self.seed, cls.KIND, *path).replace("-", "")
        return uid_for(cls.KIND, self.seed, *path)

    def ref(self, cls: type[Entity], name: str) -> str:
        """The same for a name that may be empty: then there is no reference."""
        return self.uid(cls, name) if name else ""

    def unique(self, draw: Any, *path: str | int) -> str:
        """An id (``draw(seed, *path)``) that nothing made so far has."""
        value = first_free(lambda turn: str(draw(self.seed, *path, turn) if turn else draw(self.seed, *path)), self._drawn)
        self._drawn.add(value)
        return value
