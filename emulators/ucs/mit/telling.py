"""What a commit did to the objects, told to watchers: small changes at once, large ones in turns, so that nobody waits for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from emulators.ucs.mit.cells import Cell, CellKey
from emulators.ucs.mit.declare import declared_for
from emulators.ucs.mit.node import Node, NodeChange, difference
from emulators.ucs.mit.pace import TURN_SECONDS
from emulators.ucs.records import ConfigMo
from emulators.world.events import Change, Updated

if TYPE_CHECKING:
    from emulators.ucs.mit.tree import Tree

FEW: Final = 64
"""Changed cells that are told of in the loop's turn that committed them."""
Watcher = Callable[[Sequence[NodeChange]], None]


class Telling:
    """Who wants to hear of changes, and what they have not yet been told."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._watchers: list[Watcher] = []
        self._stale: dict[CellKey, Cell] = {}
        self._new: dict[str, None] = {}
        self._told: dict[str, dict[str, str]] = {}
        self._scheduled = False

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` with what changes; the answer stops that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def committed(self, changes: Sequence[Change], stale: Iterable[Cell], created: Iterable[str]) -> None:
        """A commit made these changes: cells that were dropped, and entities that are new in the tree."""
        if not self._watchers:
            return
        steps = list(self._steps(changes))
        for step in steps:
            self._told.setdefault(step.node.dn, {}).update(step.changed)
        self._tell(steps)
        for cell in stale:
            if not cell.live.volatile:
                self._stale.setdefault((cell.live.project, cell.uid), cell)
        self._new.update(dict.fromkeys(created))
        if self._scheduled:
            return
        loop = _running_loop()
        if loop is not None and len(self._stale) + len(self._new) > FEW:
            self._scheduled = True  # the commit itself has taken long
            loop.call_soon(self._turn)
        else:
            self._turn()

    def _steps(self, changes: Iterable[Change]) -> Iterator[NodeChange]:
        """Each change of a configuration object by itself, so that every step of a state machine is told."""
        for change in changes:
            if isinstance(change, Updated) and isinstance(change.old, ConfigMo) and isinstance(change.new, ConfigMo):
                meta = self._tree.schema.find(change.new.class_id) if change.new.domain == self._tree.domain else None
                if meta is not None and not change.new.overrides:
                    step = difference(Node(meta, change.old.dn, change.old.props), Node(meta, change.new.dn, change.new.props))
                    if step is not None:
                        yield step

    def _turn(self) -> None:
        """Tell what there is time for; the rest in the loop's next turn, or, without a loop, now."""
        self._scheduled = False
        loop = _running_loop()
        until = time.perf_counter() + TURN_SECONDS
        found: list[NodeChange] = []
        while self._stale or self._new:
            found += self._next()
            if loop is not None and time.perf_counter() > until:
                break
        self._tell(found)
        if not (self._stale or self._new):
            self._told.clear()
        elif loop is not None:
            self._scheduled = True
            loop.call_soon(self._turn)

    def _next(self) -> list[NodeChange]:
        """What became of the next dropped cell, or of the next new entity."""
        if self._stale:
            return list(self._became(self._stale.pop(next(iter(self._stale)))))
        uid = next(iter(self._new))
        del self._new[uid]
        entity = self._tree.world.state.find(uid)
        declared = declared_for(entity) if entity is not None else []
        made = [self._tree.cell(live, uid) for live in declared if not live.volatile and self._tree.places.find(uid) is not None]
        return [NodeChange("created", node, node.props) for cell in made for node in cell.nodes if node.dn not in self._told]

    def _became(self, cell: Cell) -> Iterator[NodeChange]:
        """How a cell's objects differ from what they are now, beyond what steps have told."""
        there = self._tree.places.find(cell.uid) is not None
        old = {node.dn: node for node in cell.nodes}
        new = {node.dn: node for node in self._tree.cell(cell.live, cell.uid).nodes} if there else {}
        for dn in {**old, **new}:
            change = difference(old.get(dn), new.get(dn))
            if change is not None:
                known = self._told.get(dn, {})
                if change.status == "created":
                    self._told[dn] = {}
                left = {name: value for name, value in change.changed.items() if known.get(name) != value}
                if left or change.status != "modified":
                    yield NodeChange(change.status, change.node, left if change.status == "modified" else change.changed)

    def _tell(self, changes: Sequence[NodeChange]) -> None:
        for watcher in tuple(self._watchers) if changes else ():
            watcher(changes)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
