"""A provider whose objects all are of one class and stand directly under others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

from emulators.ucs.mit.node import Node


class FlatProvider(ABC):
    """Shows the objects that ``nodes`` makes."""

    CLASS_ID: ClassVar[str]
    HOME: ClassVar[str]
    """What all their DNs begin with."""

    @abstractmethod
    def nodes(self) -> Iterator[Node]:
        """All of them, as they are now."""

    def find(self, dn: str) -> Node | None:
        """The object of a DN, if it is one of these."""
        return next((node for node in self.nodes() if node.dn == dn), None) if dn.startswith(self.HOME) else None

    def of_class(self, class_id: str) -> Iterable[Node]:
        """All of them, when that is their class."""
        return self.nodes() if class_id == self.CLASS_ID else ()

    def children(self, dn: str) -> Iterable[Node]:
        """Those directly under a DN."""
        return [node for node in self.nodes() if node.parent == dn] if dn.startswith(self.HOME.rstrip("/")) else ()
