"""What each collection of Neutron's is made of: its attributes, its view, who sees it, and the decisions that change it.

A resource's module declares one `Collection` and hands it to `operations.serve`, which makes list, show, create, update and delete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from emulators.openstack.faults import Fault
from emulators.openstack.network.attributes import STANDARD, TAGS, Attribute
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.faults import not_found
from emulators.openstack.network.records import Resource
from emulators.world.decide import Decision
from emulators.world.state import WorldState

R = TypeVar("R", bound=Resource)
Row = dict[str, Any]
Given = dict[str, Any]
Match = Callable[[Row, list[str]], bool]


def owned(resource: Resource, caller: Caller) -> bool:
    """Whether a resource is the caller's to change."""
    return caller.admin or resource.project == caller.project


def _owned_only(_: WorldState, resource: Resource, caller: Caller) -> bool:
    return owned(resource, caller)


@dataclass(eq=False)
class Collection(Generic[R]):
    """One collection.

    ``member`` and ``name`` are the keys of bodies (``network``, ``networks``), ``path`` where it is below ``/v2.0``; ``title`` words
    "could not be found".  ``indexes`` maps filters to the record's indexed fields, ``filters`` those that need more than equality.
    ``unprepared`` says that a project lacks what it must have before a list, ``prepares`` gives it that.
    ``admin_makes`` and ``admin_sees``: administrators only.
    """

    member: str
    name: str
    path: str
    record: type[R]
    attributes: tuple[Attribute, ...]
    view: Callable[[WorldState, R, Caller], Row]
    create: Callable[[Decision, Caller, Given], R] | None = None
    update: Callable[[Decision, Caller, R, Given], None] | None = None
    delete: Callable[[Decision, Caller, R], None] | None = None
    visible: Callable[[WorldState, R, Caller], bool] = _owned_only
    changeable: Callable[[WorldState, R, Caller], bool] = lambda _, resource, caller: owned(resource, caller)
    missing: Callable[[str], Fault] | None = None
    unprepared: Callable[[WorldState, Caller], bool] | None = None
    prepares: Callable[[Decision, str], object] | None = None
    indexes: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, Match] = field(default_factory=dict)
    standard: bool = True
    tagged: bool = True
    admin_makes: bool = False
    admin_sees: bool = False
    by_name: dict[str, Attribute] = field(init=False)

    def __post_init__(self) -> None:
        every = (*self.attributes, *(STANDARD if self.standard else ()), *((TAGS,) if self.tagged else ()))
        self.by_name = {attribute.name: attribute for attribute in every}

    def unknown(self, uid: str) -> Fault:
        """The refusal for an id that nothing has."""
        if self.missing is not None:
            return self.missing(uid)
        words = self.member.replace("_", " ")
        return not_found("".join(map(str.capitalize, words.split())), f"{words.capitalize()} {uid} could not be found.")

    def find(self, state: WorldState, uid: str, caller: Caller) -> R:
        """The resource, if the caller may see it; raises Fault 404."""
        found = state.maybe(self.record, uid)
        if found is None or not self.sees(state, found, caller):
            raise self.unknown(uid)
        return found

    def all(self, state: WorldState, caller: Caller) -> Iterable[R]:
        """What the caller sees, in order of creation."""
        return [one for one in state.all(self.record) if self.sees(state, one, caller)]

    def sees(self, state: WorldState, resource: R, caller: Caller) -> bool:
        """Whether the caller may know of a resource."""
        return self.visible(state, resource, caller) and (caller.admin or not self.admin_sees)


COLLECTIONS: Final[dict[str, Collection[Any]]] = {}
"""Every collection by its name."""


def standard_view(resource: Resource) -> Row:
    """What the views of all resources with standard attributes have."""
    return {
        "description": resource.description,
        "created_at": resource.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": (resource.updated or resource.created).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "revision_number": resource.revision,
        "tags": list(resource.tags),
        "tenant_id": resource.project,
        "project_id": resource.project,
    }
