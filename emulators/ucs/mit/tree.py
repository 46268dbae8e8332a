"""The tree of one domain: objects projected from the world and from configuration records, looked up by DN, class and parent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Protocol

import structlog

from emulators.ucs import records
from emulators.ucs.mit.cells import Cell, Cells
from emulators.ucs.mit.declare import ANCHORS, CARRIED, OVERRIDES, Live, declared_class, declared_for
from emulators.ucs.mit.node import Node
from emulators.ucs.mit.pace import Pace
from emulators.ucs.mit.places import Places
from emulators.ucs.mit.telling import Telling, Watcher
from emulators.ucs.mit.view import View
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema.metadata import Schema, schema
from emulators.world.engine import Committed, World
from emulators.world.events import Change, Updated
from emulators.world.model import Entity
from emulators.world.state import Key

log = structlog.get_logger(__name__)


class Provider(Protocol):
    """Objects that neither the world nor records have, such as sessions: made when they are asked for, and never kept."""

    def find(self, dn: str) -> Node | None:
        """The object of a DN, if it is the provider's."""
        ...

    def of_class(self, class_id: str) -> Iterable[Node]:
        """Its objects of a class."""
        ...

    def children(self, dn: str) -> Iterable[Node]:
        """Its objects directly under a DN."""
        ...


class Tree:
    """Everything that UCS Manager shows of a domain (``domain`` is its uid).  Nothing is made before it is asked for."""

    def __init__(self, world: World, domain: str, of_version: Schema | None = None) -> None:
        self.world = world
        self.domain = domain
        self.schema = of_version or schema()
        self.places = Places(world.state, domain)
        self._cells = Cells()
        self._lists: dict[str, list[Node]] = {}
        self._joined: dict[str, bytes] = {}
        self._providers: list[Provider] = []
        self._view = View(self)
        self._telling = Telling(self)
        self._unwatch = world.watch(self._committed)

    def close(self) -> None:
        """Stop following the world."""
        self._unwatch()

    def provide(self, provider: Provider) -> None:
        """Show a provider's objects too."""
        self._providers.append(provider)

    def dn_of(self, uid: str) -> str:
        """Where an entity stands; empty when it is not in this domain."""
        place = self.places.find(uid)
        return "" if place is None else place.dn

    # -- looking up --------------------------------------------------------------------------------------------------------------

    def find(self, dn: str) -> Node | None:
        """The object of a DN; None when there is none."""
        now = self.world.clock.now
        node = self._cells.node(dn, now)
        if node is not None:
            return node
        for uid in self.places.owners(dn):
            self._make_all(uid)
        node = self._cells.node(dn, now)
        if node is not None:
            return node
        return next((found for provider in self._providers if (found := provider.find(dn)) is not None), None)

    def of_class(self, class_id: str) -> Sequence[Node]:
        """Every object of a class, in order of creation; not to be changed."""
        found = self._lists.get(class_id)
        if found is None:
            declared = declared_class(class_id)
            found = [node for live in declared for uid in self.places.members(live.group) for node in self.cell(live, uid).nodes]
            if not any(live.volatile for live in declared):
                self._lists[class_id] = found
        provided = [node for provider in self._providers for node in provider.of_class(class_id)]
        return [*found, *provided] if provided else found

    def children(self, dn: str, class_id: str = "") -> list[Node]:
        """The objects directly under a DN, of one class when it is named."""
        for uid in self.places.owners(dn) + self.places.under(dn):
            self._make_all(uid, class_id)
        found = self._cells.children(dn)
        found += [node for provider in self._providers for node in provider.children(dn)]
        return [node for node in found if node.class_id == class_id] if class_id else found

    def subtree(self, dn: str) -> Iterator[Node]:
        """The objects under a DN, parents first."""
        for child in self.children(dn):
            yield child
            yield from self.subtree(child.dn)

    def configured(self) -> Iterator[Node]:
        """Every object that configuration records have."""
        for group in self.places.groups():
            kind, _, class_id = group.partition(" ")
            if kind == ConfigMo.KIND:
                for uid in self.places.members(group):
                    yield from (node for cell in self._make_all(uid, class_id) for node in cell.nodes)

    async def prepare(self, class_ids: Iterable[str]) -> None:
        """Make all objects of some classes, letting others run meanwhile."""
        pace = Pace()
        for class_id in class_ids:
            if class_id not in self._lists:
                for live in declared_class(class_id):
                    for uid in self.places.members(live.group):
                        self.cell(live, uid)
                        await pace.step()

    def joined(self, class_id: str) -> bytes:
        """The elements of all objects of a class, one after another."""
        nodes = self.of_class(class_id)
        if nodes is not self._lists.get(class_id):
            return b" ".join([node.element for node in nodes])
        found = self._joined.get(class_id)
        if found is None:
            found = self._joined[class_id] = b" ".join([node.element for node in nodes])
        return found

    # -- making ------------------------------------------------------------------------------------------------------------------

    def _make_all(self, uid: str, class_id: str = "") -> list[Cell]:
        """Every cell of an entity, of those that make objects of one class when it is named."""
        entity = self.world.state.find(uid)
        declared = declared_for(entity) if entity is not None else []
        return [self.cell(live, uid) for live in declared if not class_id or live.class_id == class_id]

    def cell(self, live: Live, uid: str) -> Cell:
        """What a projection makes of an entity, made when it must be."""
        key = (live.project, uid)
        cell = self._cells.get(key, self.world.clock.now)
        if cell is None:
            cell = self._make(live, uid)
            self._cells.put(key, cell)
        return cell

    def _make(self, live: Live, uid: str) -> Cell:
        meta = self.schema.find(live.class_id)
        state, view = self.world.state, self._view
        view.expires = None
        with state.tracking() as reads:
            entity = state.find(uid)
            if entity is None or meta is None or not (live.elsewhere or self.dn_of(uid)):
                made: list[Node] = []
            else:
                made = [Node(meta, dn, self._overridden(entity, dn, props)) for dn, props in live.project(view, entity)]
        return Cell(live, uid, tuple(made), frozenset(reads), view.expires)

    def _overridden(self, entity: Entity, dn: str, props: Mapping[str, str]) -> Mapping[str, str]:
        """Properties with what users have set on top."""
        if isinstance(entity, ConfigMo):
            return props
        override = records.find(self.world.state, self.domain, dn)
        return {**props, **override.props} if override is not None else props

    # -- following the world -------------------------------------------------------------------------------------------------------

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` with what changes, after each commit; the answer stops that.  See ``warm``."""
        return self._telling.watch(watcher)

    async def warm(self) -> None:
        """Make everything that doesn't change by itself, so that watchers hear of every change."""
        pace = Pace()
        for group in self.places.groups():
            for uid in self.places.members(group):
                entity = self.world.state.find(uid)
                for live in declared_for(entity) if entity is not None else ():
                    if not live.volatile:
                        self.cell(live, uid)
                        await pace.step()

    def _committed(self, committed: Committed) -> None:
        changes = [change for record in committed.records for change in record.event.changes]
        created = self._move(changes)
        self._telling.committed(changes, self._drop(chain(committed.touched, created)), created)

    def _move(self, changes: Iterable[Change]) -> list[str]:
        """Bring places up to date; answers the entities that are new, or stand elsewhere now."""
        created: list[str] = []
        for uid in dict.fromkeys(uid for change in changes for uid in self._moved(_subject(change))):
            before, after = self.places.update(uid)
            if before != after:
                for place in (before, after):
                    self._forget_lists(place.group if place is not None else "")
                if after is not None and after.group != OVERRIDES:
                    created.append(uid)
        return created

    def _moved(self, entity: Entity) -> Iterator[str]:
        """Whose places a change of an entity may have moved."""
        if entity.KIND in ANCHORS:
            yield entity.uid
        if entity.KIND in CARRIED:
            yield from (carried.uid for carried in CARRIED[entity.KIND](self.world.state, entity))

    def _forget_lists(self, group: str) -> None:
        for class_id in [one for one in self._lists if any(live.group == group for live in declared_class(one))]:
            self._forget_list(class_id)

    def _forget_list(self, class_id: str) -> None:
        self._lists.pop(class_id, None)
        self._joined.pop(class_id, None)

    def _drop(self, touched: Iterable[Key]) -> list[Cell]:
        """Forget what depends on the keys; answers it."""
        dropped = self._cells.touch(touched)
        for cell in dropped:
            self._forget_list(cell.live.class_id)
        return dropped


def _subject(change: Change) -> Entity:
    return change.new if isinstance(change, Updated) else change.entity
