"""What a projection may look at: the state (tracked), the domain, the time, and where other entities stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from emulators.ucs.schema.metadata import Schema
from emulators.world.model import Entity, UcsDomain
from emulators.world.state import WorldState

if TYPE_CHECKING:
    from emulators.ucs.mit.tree import Tree

NEVER: Final = "never"
EPOCH: Final = "1970-01-01T00:00:00.000"


class View:
    """A domain as projections see it."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.expires: datetime | None = None

    @property
    def state(self) -> WorldState:
        """The world; what is read from it is remembered."""
        return self._tree.world.state

    @property
    def seed(self) -> int:
        """The world's seed."""
        return self._tree.world.seed

    @property
    def schema(self) -> Schema:
        """The classes of the domain's version."""
        return self._tree.schema

    @property
    def domain(self) -> UcsDomain:
        """The domain itself."""
        return self.state.get(UcsDomain, self._tree.domain)

    def dn(self, entity: Entity | str) -> str:
        """Where an entity stands; empty when it is not in this domain."""
        return self._tree.dn_of(entity if isinstance(entity, str) else entity.uid)

    def now(self, step_seconds: int) -> datetime:
        """The simulated time, rounded down to a multiple of a step; what is made from it holds until the next."""
        now = self._tree.world.clock.now()
        start = now - timedelta(seconds=now.timestamp() % step_seconds)
        until = start + timedelta(seconds=step_seconds)
        self.expires = until if self.expires is None else min(self.expires, until)
        return start


def stamp(moment: datetime | None) -> str:
    """A time as UCS Manager writes it: UTC with milliseconds and no zone."""
    if moment is None:
        return EPOCH
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
