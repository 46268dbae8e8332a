"""Managed objects: which entity of the world, singleton or session's own object a managed object id names, and back.

    managed(vim.VirtualMachine, "vm-", Vm, when=lambda state, vm: vm.owner is Owner.VSPHERE)
    managed(vim.host.NetworkSystem, "networkSystem-", Hypervisor, facet=True)
    EVENT_MANAGER = singleton(vim.event.EventManager, "EventManager", content="eventManager")

An id is its prefix and the entity's number.  An entity may have several managed objects: its main one, which ``ref`` gives, and facets
(a host's managers, the ComputeResource of a stand-alone host).  A declared singleton with ``content`` is announced in ServiceContent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

import msgspec

from emulators.vsphere.soap import faults
from emulators.world.engine import Committed, World
from emulators.world.events import Created, Deleted
from emulators.world.model import Entity
from emulators.world.state import WorldState

When = Callable[[WorldState, Any], bool]
"""Is this entity a managed object of the declared type?  It may look only at what never changes, or at things that come and go with it."""

_NUMBER: Final = re.compile(r"(.*?[^0-9])([1-9][0-9]{0,17})\Z")


class Object:
    """A managed object: its pyVmomi class, its id, and what it stands for.

    ``subject`` is the uid of an entity, or what a singleton or a session's own object is itself.  ``ref`` is the reference to embed in
    data objects; it is shared, so nobody may change it.
    """

    __slots__ = ("id", "ref", "subject", "type")

    def __init__(self, managed_type: type[Any], object_id: str, subject: Any) -> None:
        self.type = managed_type
        self.id = object_id
        self.subject = subject
        self.ref: Any = managed_type(object_id)

    @property
    def kind(self) -> str:
        """The wire name of its type."""
        name: str = self.type._wsdlName
        return name

    def __repr__(self) -> str:
        return f"{self.kind}:{self.id}"


class Singleton(msgspec.Struct, frozen=True, eq=False):
    """A managed object that every vCenter has once; ``content`` is its property in ServiceContent."""

    type: Any
    id: str
    content: str = ""


class Owned(Protocol):
    """What a session may own: views, filters, collectors, leases.  It is dropped with its session."""

    type: Any
    id: str

    def close(self) -> None:
        """Let go of everything; called once, when the object is destroyed or its session ends."""
        ...


class ManagedKind(msgspec.Struct, frozen=True, eq=False):
    """A declaration: objects of ``type`` stand for entities of ``kind`` for which ``when`` holds."""

    type: Any
    prefix: str
    kind: type[Entity]
    when: When | None
    facet: bool


_BY_PREFIX: Final[dict[str, ManagedKind]] = {}
_MAIN: Final[dict[type[Entity], list[ManagedKind]]] = {}
_FACETS: Final[dict[tuple[type[Entity], Any], ManagedKind]] = {}
_FIXED_UIDS: Final[dict[str, str]] = {}
_FIXED_IDS: Final[dict[str, str]] = {}
SINGLETONS: Final[dict[str, Singleton]] = {}


def managed(managed_type: Any, prefix: str, kind: type[Entity], *, when: When | None = None, facet: bool = False) -> ManagedKind:
    """Declare a class of managed objects over a kind of entity; ``prefix`` is all of the id before the number (``vm-``, ``domain-c``)."""
    if prefix in _BY_PREFIX or prefix[-1:].isdigit():
        raise TypeError(f"{prefix!r} cannot be the prefix of {managed_type.__name__}")
    declared = _BY_PREFIX[prefix] = ManagedKind(managed_type, prefix, kind, when, facet)
    if facet:
        _FACETS[kind, managed_type] = declared
    else:
        _MAIN.setdefault(kind, []).append(declared)
    return declared


def singleton(managed_type: Any, object_id: str, *, content: str = "") -> Singleton:
    """Declare a singleton under the id that a real vCenter gives it; TypeError when it is declared twice."""
    if object_id in SINGLETONS:
        raise TypeError(f"{object_id} is declared twice")
    SINGLETONS[object_id] = Singleton(managed_type, object_id, content)
    return SINGLETONS[object_id]


def fixed_id(object_id: str, uid: str) -> None:
    """Declare that the entity of a known uid has an id without its number, as the root folder has (``group-d1``)."""
    _FIXED_UIDS[object_id] = uid
    _FIXED_IDS[uid] = object_id


def declarations() -> tuple[ManagedKind, ...]:
    """Every declared class of managed objects over entities."""
    return tuple(_BY_PREFIX.values())


def ids_of(entity: Entity) -> Iterator[str]:
    """Every id that a managed object of this entity may have."""
    return (f"{one.prefix}{entity.number}" for one in _BY_PREFIX.values() if one.kind is type(entity))


@contextmanager
def untracked(state: WorldState) -> Iterator[None]:
    """Keep what is read inside the block out of the reader's dependencies: for facts that don't change while their entity exists."""
    with state.tracking() as reads:
        yield
        reads.clear()


class Objects:
    """The managed objects of one world.  Nothing here is tracked: an object's identity doesn't change while it exists."""

    def __init__(self, world: World) -> None:
        self._state = world.state
        self._uids: dict[int, str] = {entity.number: entity.uid for entity in world.state}
        self._by_id: dict[str, Object] = {}
        self._main: dict[str, Object | None] = {}
        self._facets: dict[tuple[str, Any], Object | None] = {}
        self._singletons: dict[str, Object] = {}
        self._unwatch = world.watch(self._committed)

    def prepare(self) -> None:
        """Make the objects of everything that is there now (10,000 VMs: 0.2 s), so that the first list doesn't have to."""
        for entity in self._state:
            self.of(entity)

    def close(self) -> None:
        """Stop following the world."""
        self._unwatch()

    # -- from entities ---------------------------------------------------------------------------------------------------------

    def of(self, entity: Entity | str) -> Object | None:
        """The main managed object of an entity (or its uid); None when vCenter doesn't show it, or it is gone."""
        uid = entity if isinstance(entity, str) else entity.uid
        try:
            return self._main[uid]
        except KeyError:
            found = self._peek(uid)
        if found is None:
            return None
        made = self._main[uid] = self._make(found, _MAIN.get(type(found), ()))
        return made

    def facet(self, entity: Entity | str, managed_type: Any) -> Object | None:
        """The managed object of that very type that stands for an entity; None when there is none."""
        uid = entity if isinstance(entity, str) else entity.uid
        key = (uid, managed_type)
        if key not in self._facets:
            found = self._peek(uid)
            declared = _FACETS.get((type(found), managed_type)) if found is not None else None
            if found is None or declared is None:
                return None
            self._facets[key] = self._make(found, (declared,))
        return self._facets[key]

    def singleton(self, declared: Singleton) -> Object:
        """The managed object of a singleton."""
        made = self._singletons.get(declared.id)
        if made is None:
            made = self._singletons[declared.id] = Object(declared.type, declared.id, declared)
        return made

    def _make(self, entity: Entity, declared: Any) -> Object | None:
        with untracked(self._state):
            for one in declared:
                if one.when is None or one.when(self._state, entity):
                    return Object(one.type, _FIXED_IDS.get(entity.uid) or f"{one.prefix}{entity.number}", entity.uid)
        return None

    def _peek(self, uid: str) -> Entity | None:
        with untracked(self._state):
            return self._state.find(uid)

    # -- from ids --------------------------------------------------------------------------------------------------------------

    def find(self, object_id: str, owned: dict[str, Object] | None = None) -> Object | None:
        """The object of that id: a singleton, one of a session's ``owned`` objects, or an entity's; None when there is none."""
        found = self._by_id.get(object_id)
        if found is None and owned is not None:
            found = owned.get(object_id)
        if found is None and object_id in SINGLETONS:
            found = self.singleton(SINGLETONS[object_id])
        return found or self._find_entity(object_id)

    def _find_entity(self, object_id: str) -> Object | None:
        declared, uid = self._parse(object_id)
        if uid is None:
            return None
        made = self.facet(uid, declared.type) if declared is not None and declared.facet else self.of(uid)
        if made is None or made.id != object_id:
            return None
        self._by_id[object_id] = made
        return made

    def _parse(self, object_id: str) -> tuple[ManagedKind | None, str | None]:
        if object_id in _FIXED_UIDS:
            return None, _FIXED_UIDS[object_id]
        match = _NUMBER.match(object_id)
        declared = _BY_PREFIX.get(match[1]) if match else None
        return declared, self._uids.get(int(match[2])) if match and declared else None

    def get(self, managed_type: Any, object_id: str, owned: dict[str, Object] | None = None) -> Object:
        """As ``find``, for a reference with its type; VimFault ManagedObjectNotFound when there is none, or it is of another type."""
        found = self.find(object_id, owned)
        if found is None or not (issubclass(found.type, managed_type) or issubclass(managed_type, found.type)):
            raise faults.managed_object_not_found(managed_type, object_id)
        return found

    # -- following the world ---------------------------------------------------------------------------------------------------

    def _committed(self, committed: Committed) -> None:
        for record in committed.records:
            for change in record.event.changes:
                if isinstance(change, Created):
                    self._uids[change.entity.number] = change.entity.uid
                elif isinstance(change, Deleted):
                    self._forget(change.entity)
                elif self._main.get(change.new.uid, self) is None:
                    del self._main[change.new.uid]  # hidden so far: look again

    def _forget(self, entity: Entity) -> None:
        self._uids.pop(entity.number, None)
        self._main.pop(entity.uid, None)
        for object_id in ids_of(entity):
            self._by_id.pop(object_id, None)
        for key in [key for key in self._facets_of(entity) if key in self._facets]:
            del self._facets[key]

    @staticmethod
    def _facets_of(entity: Entity) -> Iterator[tuple[str, Any]]:
        for kind, managed_type in _FACETS:
            if kind is type(entity):
                yield entity.uid, managed_type
