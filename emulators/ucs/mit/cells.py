"""What projections have made, kept until something that they read changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from emulators.ucs.mit.declare import Live
from emulators.ucs.mit.node import Node
from emulators.world.state import Key

CellKey = tuple[object, str]
"""The projection's function and the entity's uid."""


class Cell(NamedTuple):
    """The objects that one projection made for one entity; ``expires`` is the simulated time until which they hold."""

    live: Live
    uid: str
    nodes: tuple[Node, ...]
    keys: frozenset[Key]
    expires: datetime | None


class Cells:
    """All cells of a tree, and their objects by DN and by parent."""

    def __init__(self) -> None:
        self._cells: dict[CellKey, Cell] = {}
        self._readers: dict[Key, set[CellKey]] = {}
        self._owner: dict[str, CellKey] = {}
        self._nodes: dict[str, Node] = {}
        self._children: dict[str, dict[str, Node]] = {}

    def get(self, key: CellKey, now: Callable[[], datetime]) -> Cell | None:
        """The cell, unless it must be made (again)."""
        if self.holds(key, now):
            return self._cells[key]
        self.drop(key)
        return None

    def put(self, key: CellKey, cell: Cell) -> None:
        """Keep a cell."""
        self._cells[key] = cell
        for read in cell.keys:
            self._readers.setdefault(read, set()).add(key)
        for node in cell.nodes:
            self._nodes[node.dn] = node
            self._owner[node.dn] = key
            self._children.setdefault(node.parent, {})[node.dn] = node

    def drop(self, key: CellKey) -> Cell | None:
        """Forget a cell; answers it when it was there.  Readers that name it are cleaned when their keys are touched."""
        cell = self._cells.pop(key, None)
        if cell is None:
            return None
        for node in cell.nodes:
            if self._owner.get(node.dn) == key:
                del self._owner[node.dn], self._nodes[node.dn]
                siblings = self._children[node.parent]
                del siblings[node.dn]
                if not siblings:
                    del self._children[node.parent]
        return cell

    def touch(self, keys: Iterable[Key]) -> list[Cell]:
        """Forget every cell that depends on any of the keys; answers them."""
        dropped: list[Cell] = []
        for key in keys:
            for reader in self._readers.pop(key, ()):
                cell = self._cells.get(reader)
                if cell is not None and key in cell.keys:
                    self.drop(reader)
                    dropped.append(cell)
        return dropped

    def node(self, dn: str, now: Callable[[], datetime]) -> Node | None:
        """The object of a DN, when it has been made and still holds."""
        node = self._nodes.get(dn)
        if node is None:
            return None
        expires = self._cells[self._owner[dn]].expires
        return node if expires is None or expires > now() else None

    def holds(self, key: CellKey, now: Callable[[], datetime]) -> bool:
        """Whether a cell is there, and not too old."""
        cell = self._cells.get(key)
        return cell is not None and (cell.expires is None or cell.expires > now())

    def owner(self, dn: str) -> CellKey | None:
        """The cell that made the object of a DN."""
        return self._owner.get(dn)

    def children(self, dn: str) -> list[Node]:
        """The objects under a DN that have been made."""
        return list(self._children.get(dn, {}).values())
