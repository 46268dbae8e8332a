"""Everything that a client can reach, and every property of it.

The crawl starts at the ServiceInstance and follows each reference in each value, so it finds what no view lists: managers, environment
browsers, snapshots, tasks, collectors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from pyVmomi import VmomiSupport, vim, vmodl
from pyVmomi.VmomiSupport import IsChildVersion  # type: ignore[attr-defined] # its stub forgot it

COLLECTOR = vmodl.query.PropertyCollector
SLEEPERS = (vim.view.View, vmodl.query.PropertyCollector.Filter)
"""What other clients of the same session come and go with: reached by the managers that list them, but gone a moment later."""


def crawl(service: Any) -> dict[Any, dict[str, Any]]:
    """Every object that can be reached, and what `all=True` tells of it: {object: {property: value}}."""
    found: dict[Any, dict[str, Any]] = {}
    waiting = [vim.ServiceInstance("ServiceInstance")]
    while waiting:
        answers = list(read_all(service, waiting))
        found.update(answers)
        mentioned = {reference for _, values in answers for value in values.values() for reference in references(value)}
        waiting = [one for one in mentioned if one not in found and not isinstance(one, SLEEPERS)]
    return found


def read_all(service: Any, objects: Iterable[Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """What `all=True` tells of some objects, one request a type; an error of any property is an error of the test."""
    for cls, some in by_type(objects).items():
        answered = retrieve(service, some, COLLECTOR.PropertySpec(type=cls, all=True))
        assert set(answered) == set(some), f"{cls.__name__}: {len(answered)} of {len(some)} objects answered"
        yield from answered.items()


def retrieve(service: Any, objects: Iterable[Any], spec: Any) -> dict[Any, dict[str, Any]]:
    """Run one RetrievePropertiesEx to its end; every property that was not told because of a fault fails the test."""
    collector = service.content.propertyCollector
    filters = [COLLECTOR.FilterSpec(objectSet=[COLLECTOR.ObjectSpec(obj=one) for one in objects], propSet=[spec])]
    answer = collector.RetrievePropertiesEx(filters, COLLECTOR.RetrieveOptions())
    told: dict[Any, dict[str, Any]] = {}
    while answer is not None:
        for content in answer.objects:
            assert not content.missingSet, f"{content.obj}: {[(one.path, one.fault.msg) for one in content.missingSet]}"
            told[content.obj] = {prop.name: prop.val for prop in content.propSet}
        answer = collector.ContinueRetrievePropertiesEx(answer.token) if answer.token else None
    return told


def by_type(objects: Iterable[Any]) -> dict[Any, list[Any]]:
    """Objects by their class."""
    groups: dict[Any, list[Any]] = defaultdict(list)
    for one in objects:
        groups[type(one)].append(one)
    return groups


def references(value: Any) -> Iterator[Any]:
    """Every reference to a managed object inside a value, but for those that history keeps to what is no more."""
    if isinstance(value, (vim.TaskInfo, vim.event.Event)):
        return
    if isinstance(value, VmomiSupport.ManagedObject):
        yield value
    elif isinstance(value, VmomiSupport.DataObject):
        for info in value._GetPropertyList():
            yield from references(getattr(value, info.name))
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def property_names(service: Any, cls: Any) -> dict[str, bool]:
    """The properties that a managed type has in the version that the session speaks, and whether each is optional."""
    spoken = service._stub.version
    infos = [info for info in cls._GetPropertyList() if IsChildVersion(spoken, info.version)]
    return {info.name: bool(info.flags & VmomiSupport.F_OPTIONAL) for info in infos}


def holes(value: Any, path: str) -> Iterator[str]:
    """Where a mandatory field of a data object is unset."""
    if isinstance(value, VmomiSupport.DataObject):
        for info in value._GetPropertyList():
            held = getattr(value, info.name)
            if held is None and not info.flags & VmomiSupport.F_OPTIONAL:
                yield f"{path}.{info.name} of {type(value).__name__}"
            else:
                yield from holes(held, f"{path}.{info.name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from holes(one, f"{path}[{place}]")
