"""Which operations a path has, per service: a tree of segments, so that a look-up costs a step a segment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from emulators.openstack.service import Operation

_HEX: Final = frozenset("0123456789abcdef")
_PROJECT_LENGTH: Final = 32


class _Node:
    __slots__ = ("literal", "operations", "parameter", "rest")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.rest: _Node | None = None
        self.operations: list[tuple[Operation, tuple[str, ...]]] = []


class Found:
    """What stands at a path: its operations, and the values of the segments that are parameters."""

    __slots__ = ("operations", "values")

    def __init__(self, operations: list[tuple[Operation, tuple[str, ...]]], values: list[str]) -> None:
        self.operations = operations
        self.values = values


class Router:
    """The paths of one service.  A last segment ``{name:path}`` takes everything that follows, slashes too."""

    def __init__(self, operations: Iterable[Operation], *, project_after: str = "", strict_slash: bool = False) -> None:
        self._root = _Node()
        self._strict_slash = strict_slash
        self._base = [part for part in project_after.split("/") if part]
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node, names = self._root, []
        for segment in _segments(operation.template):
            if segment.endswith(":path}"):
                names.append(segment[1:-6])
                node.rest = node.rest or _Node()
                node = node.rest
            elif segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        node.operations.append((operation, tuple(names)))

    def find(self, path: str) -> Found | None:
        """The operations of a (still percent-encoded) path below the service's prefix; None when there are none."""
        found = self._find(path)
        if found is not None and self._strict_slash and path.endswith("/") and not found.operations[0][0].root:
            return None
        return found

    def _find(self, path: str) -> Found | None:
        segments = _segments(path)
        if self._base and len(segments) > len(self._base) and segments[: len(self._base)] == self._base:
            after = segments[len(self._base)]
            if _is_project(after):
                found = self._walk(self._root, [*self._base, *segments[len(self._base) + 1 :]], [])
                if found is not None:
                    return found
        return self._walk(self._root, segments, [])

    def _walk(self, node: _Node, segments: list[str], values: list[str]) -> Found | None:
        if not segments:
            return Found(node.operations, values) if node.operations else None
        head, tail = segments[0], segments[1:]
        literal = node.literal.get(head)
        if literal is not None:
            found = self._walk(literal, tail, values)
            if found is not None:
                return found
        if node.parameter is not None:
            found = self._walk(node.parameter, tail, [*values, unquote(head)])
            if found is not None:
                return found
        if node.rest is not None:
            return Found(node.rest.operations, [*values, "/".join(map(unquote, segments))])
        return None


def _segments(path: str) -> list[str]:
    """The segments; one slash at the end makes no difference, as webob's routes have it."""
    return [part for part in path.split("/") if part] if "//" not in path.strip("/") else path.strip("/").split("/")


def _is_project(segment: str) -> bool:
    return len(segment) == _PROJECT_LENGTH and _HEX.issuperset(segment)
