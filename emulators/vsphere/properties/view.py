"""What a property function sees: the world through tracked reads, references to embed, and ways to say how long its answer holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from emulators.vsphere.objects import Object, Objects, Singleton
from emulators.vsphere.tree import Tree
from emulators.world.engine import World
from emulators.world.model import Entity
from emulators.world.state import Key, WorldState

if TYPE_CHECKING:
    from emulators.vsphere.properties.reader import Properties
    from emulators.vsphere.sessions import Session

SAMPLE_SECONDS: Final = 20.0
"""How long an answer holds that depends on the time, unless it says otherwise: vCenter's own interval of real-time statistics."""


class Evaluation:
    """What became known while a property was computed: the keys it depends on, how long it holds and whether it is one session's alone."""

    __slots__ = ("keys", "private", "seconds")

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self.seconds: float | None = None
        self.private = False

    def absorb(self, other: Evaluation) -> None:
        """Depend on everything that ``other`` depends on."""
        self.keys |= other.keys
        self.private = self.private or other.private
        if other.seconds is not None:
            self.limit(other.seconds)

    def limit(self, seconds: float) -> None:
        """Hold no longer than so many simulated seconds."""
        self.seconds = seconds if self.seconds is None else min(self.seconds, seconds)


def _fits(actual: type[Any], named: type[Any]) -> bool:
    return issubclass(actual, named) or issubclass(named, actual)


class View:
    """The world as one session sees it.

    ``state`` reads are tracked: a property is computed again when an entity or a set that it has read changes.  Use ``tree.members`` for a
    list whose members' own changes don't matter.
    """

    def __init__(self, properties: Properties, session: Session | None = None) -> None:
        world, objects = properties.world, properties.objects
        self.properties = properties
        self.world: World = world
        self.state: WorldState = world.state
        self.objects: Objects = objects
        self.tree = Tree(world.state, objects)
        self._session = session
        self.evaluation: Evaluation | None = None

    @property
    def key(self) -> str:
        """The session's key, empty when nobody is logged in; for keeping what is this session's own."""
        return self._session.key if self._session is not None else ""

    def find(self, reference: Any) -> Object | None:
        """The object of a reference that this session may see, or None."""
        found = self.objects.find(reference._moId, self._session.owned if self._session is not None else None)
        return found if found is not None and _fits(found.type, type(reference)) else None

    @property
    def now(self) -> datetime:
        """Simulated time, UTC.  What has read it holds for ``SAMPLE_SECONDS``, unless it calls ``volatile`` itself."""
        if self.evaluation is not None and self.evaluation.seconds is None:
            self.evaluation.seconds = SAMPLE_SECONDS
        return self.world.clock.now()

    @property
    def session(self) -> Session:
        """The session that asks; the answer is kept for this session alone.  Raises VimFault NotAuthenticated outside of one."""
        if self.evaluation is not None:
            self.evaluation.private = True
        if self._session is None:
            from emulators.vsphere.sessions import not_authenticated  # noqa: PLC0415 - sessions need views

            raise not_authenticated()
        return self._session

    @property
    def anonymous(self) -> bool:
        """Whether nobody is logged in."""
        if self.evaluation is not None:
            self.evaluation.private = True
        return self._session is None

    def volatile(self, seconds: float) -> None:
        """Say that this property changes by itself: its value holds for so many simulated seconds (0: compute it every time)."""
        if self.evaluation is not None:
            self.evaluation.seconds = seconds

    def depends(self, *keys: Key) -> None:
        """Say that this property depends on something besides the world; ``Properties.touch`` says when that changes."""
        if self.evaluation is not None:
            self.evaluation.keys.update(keys)

    def value(self, thing: Entity | str | Object, path: str) -> Any:
        """Another property (or nested path), None when unset; this property then depends on what that one does."""
        managed = thing if isinstance(thing, Object) else self.objects.of(thing)
        return None if managed is None else self.properties.value(self, managed, path)

    def ref(self, thing: Entity | str | Object | Singleton, facet: Any = None) -> Any:
        """The reference of a thing: an entity or its uid (``facet``: the managed type, when not its main one), a singleton, an object.

        LookupError when vCenter doesn't show it or it is gone; ask ``maybe_ref`` or ``refs`` where that may be.
        """
        found = self.maybe_ref(thing, facet)
        if found is None:
            raise LookupError(f"{thing!r:.80} is no managed object")
        return found

    def maybe_ref(self, thing: Entity | str | Object | Singleton, facet: Any = None) -> Any:
        """As ``ref``; None when vCenter doesn't show the thing, it is gone, or ``thing`` is empty."""
        if isinstance(thing, Object):
            return thing.ref
        if isinstance(thing, Singleton):
            return self.objects.singleton(thing).ref
        found = self.objects.of(thing) if facet is None else self.objects.facet(thing, facet)
        return found.ref if found is not None else None

    def refs(self, things: Iterable[Entity | str]) -> list[Any]:
        """References of those of the things that vCenter shows."""
        found = (self.objects.of(thing) for thing in things)
        return [one.ref for one in found if one is not None]
