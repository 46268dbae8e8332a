"""From the objects that a filter names to all that it selects, along its traversals; each object once, each traversal of it once."""

from __future__ import annotations

from collections import deque
from typing import Any

from emulators.vsphere.objects import Object
from emulators.vsphere.pace import Pace
from emulators.vsphere.properties.fragments import Links, Row
from emulators.vsphere.properties.specs import Plan, Step
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap import faults

_HAND = tuple[Object, tuple[Step, ...]]


class Selection:
    """The objects that a filter selects by id, in the order found; the rows of the properties that led there; references to nothing."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.links: dict[Row, None] = {}
        self.missing: list[Any] = []
        self._walked: set[tuple[str, int]] = set()
        self._hands: deque[_HAND] = deque()

    async def run(self, view: View, plan: Plan, pace: Pace) -> None:
        """Select.  Raises VimFault ManagedObjectNotFound for a starting object that is not there, unless the filter tolerates that."""
        for start in plan.starts:
            found = view.find(start.reference)
            if found is None:
                if not plan.tolerant:
                    raise faults.managed_object_not_found(type(start.reference), start.reference._moId)
                self.missing.append(start.reference)
                continue
            if not start.skip:
                self.objects[found.id] = found
            self._hands.append((found, start.steps))
        while self._hands:
            self._walk(view, plan.version, *self._hands.popleft())
            if pace.due():
                await pace.rest()

    def _walk(self, view: View, version: str, managed: Object, steps: tuple[Step, ...]) -> None:
        for step in steps:
            if issubclass(managed.type, step.managed) and (managed.id, id(step)) not in self._walked:
                self._walked.add((managed.id, id(step)))
                row, links = view.properties.links(view, managed, step.path, version)
                self.links[row] = None
                self._take(step, links)

    def _take(self, step: Step, links: Links) -> None:
        if not step.skip:
            self.objects.update(links.targets)
        if step.next:
            self._hands.extend((target, step.next) for target in links.targets.values())
