"""ViewManager and its views: lists of managed objects that follow the inventory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.containers import CONTAINERS, Types, contents
from emulators.vsphere.objects import Object, Singleton, untracked
from emulators.vsphere.properties.table import links, prop
from emulators.vsphere.properties.view import View
from emulators.vsphere.records import ROOT
from emulators.vsphere.sessions import Session
from emulators.vsphere.soap import faults, vmodl


class AnyView(ABC):
    """What all views have: a type, an id, and a key that says when their choice of objects was changed."""

    type: Any = vim.view.View

    def __init__(self, session: Session) -> None:
        self.id = session.new_id()
        self.key = ("vsphere", "view", self.id)

    def close(self) -> None:  # noqa: B027 - a view holds nothing but itself
        """Let go of nothing."""

    @abstractmethod
    def targets(self, view: View) -> dict[str, Object]:
        """The objects in it by id."""


class ContainerView(AnyView):
    """The things of some types in a container."""

    type: Any = vim.view.ContainerView

    def __init__(self, session: Session, container: Object, types: Types, *, recursive: bool) -> None:
        super().__init__(session)
        self.container = container
        self.types = types
        self.recursive = recursive

    def targets(self, view: View) -> dict[str, Object]:
        """What the container holds now."""
        return contents(view, self.container, self.types, recursive=self.recursive)


class ListView(AnyView):
    """A list that the client keeps."""

    type: Any = vim.view.ListView

    def __init__(self, session: Session, chosen: Iterable[Object] = ()) -> None:
        super().__init__(session)
        self.chosen = {one.id: one for one in chosen}

    def targets(self, view: View) -> dict[str, Object]:
        """What the client chose, as far as it is still there."""
        view.depends(self.key)
        for one in self.chosen.values():
            self._depend(view, one)
        return {object_id: one for object_id, one in self.chosen.items() if view.find(one.ref) is one}

    @staticmethod
    def _depend(view: View, managed: Object) -> None:
        """Only on things coming and going, not on what they look like."""
        with untracked(view.state):
            entity = view.tree.entity(managed)
        if entity is not None:
            view.depends((entity.KIND,))


class InventoryView(ListView):
    """The tree that a client has unfolded: the root folder, and the children of what it has opened."""

    type: Any = vim.view.InventoryView

    def __init__(self, session: Session, root: Object) -> None:
        super().__init__(session)
        self.root = root
        self.opened: dict[str, Object] = {}

    def targets(self, view: View) -> dict[str, Object]:
        """The root folder, and what is in the folders that are open."""
        view.depends(self.key)
        found = {self.root.id: self.root}
        for one in self.opened.values():
            found.update((child.id, child) for child in view.tree.children(one))
        return found


# -- properties -------------------------------------------------------------------------------------------------------------------


@links(vim.view.ManagedObjectView, "view")
def targets(view: View, own: AnyView) -> dict[str, Object]:
    """The objects in a view, for traversals."""
    return own.targets(view)


@prop(vim.view.ManagedObjectView, "view")
def members(view: View, own: AnyView) -> list[Any]:
    """The objects in a view."""
    return [one.ref for one in own.targets(view).values()]


@prop(vim.view.ContainerView, "container")
def container(_view: View, own: ContainerView) -> Any:
    """What it looks into."""
    return own.container.ref


@prop(vim.view.ContainerView, "type")
def container_types(_view: View, own: ContainerView) -> list[Any]:
    """Types that it shows."""
    return list(own.types)


@prop(vim.view.ContainerView, "recursive")
def recursive(_view: View, own: ContainerView) -> bool:
    """Whether it shows all the way down."""
    return own.recursive


@prop(vim.view.ViewManager, "viewList")
def view_list(view: View, _manager: Singleton) -> list[Any]:
    """The views of this session."""
    view.depends(view.session.own_key)
    return [one.ref for one in view.session.owned_of(AnyView)]


# -- methods ----------------------------------------------------------------------------------------------------------------------


@method(vim.view.ViewManager, "CreateContainerView", quality="client")
async def create_container_view(call: Call) -> Any:
    """A view of a container.  Faults: InvalidArgument for what is no container, or no type of managed entities."""
    found = call.object(type(call.args.container), call.args.container._moId)
    if not issubclass(found.type, CONTAINERS):
        raise faults.invalid_argument("container")
    types = tuple(call.args.type or ())
    if not all(_can_be_entity(one) for one in types):
        raise faults.invalid_argument("type")
    return call.session.own(ContainerView(call.session, found, types, recursive=call.args.recursive)).ref


def _can_be_entity(managed: Any) -> bool:
    """Managed entities, their subtypes, and what they themselves are subtypes of."""
    return issubclass(managed, vim.ManagedEntity) or managed in {vim.ExtensibleManagedObject, vmodl.ManagedObject}


@method(vim.view.ViewManager, "CreateListView", quality="client")
async def create_list_view(call: Call) -> Any:
    """A list of objects.  Faults: ManagedObjectNotFound."""
    return call.session.own(ListView(call.session, _objects(call, call.args.obj))).ref


@method(vim.view.ViewManager, "CreateListViewFromView", quality="client")
async def create_list_view_from_view(call: Call) -> Any:
    """A list of what another view shows now."""
    return call.session.own(ListView(call.session, _other(call).targets(call.view).values())).ref


@method(vim.view.ViewManager, "CreateInventoryView", quality="client")
async def create_inventory_view(call: Call) -> Any:
    """A tree with only its root."""
    root = call.services.objects.of(ROOT)
    if root is None:
        raise faults.managed_object_not_found(vim.Folder, "group-d1")
    return call.session.own(InventoryView(call.session, root)).ref


@method(vim.view.View, "DestroyView", quality="client")
async def destroy_view(call: Call) -> None:
    """Drop a view."""
    call.session.disown(_view(call.target).id)


@method(vim.view.ListView, "ModifyListView", quality="client")
async def modify_list_view(call: Call) -> list[Any]:
    """Add and remove objects; answers those that are not there."""
    own = call.own(ListView)
    added, unknown = _sort(call, call.args.add)
    for one in added:
        own.chosen[one.id] = one
    for reference in call.args.remove or ():
        own.chosen.pop(reference._moId, None)
    call.services.properties.touch([own.key])
    return unknown


@method(vim.view.ListView, "ResetListView", quality="client")
async def reset_list_view(call: Call) -> list[Any]:
    """Replace the list; answers those objects that are not there."""
    own = call.own(ListView)
    chosen, unknown = _sort(call, call.args.obj)
    own.chosen = {one.id: one for one in chosen}
    call.services.properties.touch([own.key])
    return unknown


@method(vim.view.ListView, "ResetListViewFromView", quality="client")
async def reset_list_view_from_view(call: Call) -> None:
    """Replace the list with what another view shows now."""
    own = call.own(ListView)
    own.chosen = dict(_other(call).targets(call.view))
    call.services.properties.touch([own.key])


@method(vim.view.InventoryView, "OpenInventoryViewFolder", quality="client")
async def open_inventory_view_folder(call: Call) -> list[Any]:
    """Show the children of entities; answers those that are not there."""
    own = call.own(InventoryView)
    opened, unknown = _sort(call, call.args.entity)
    own.opened.update((one.id, one) for one in opened)
    call.services.properties.touch([own.key])
    return unknown


@method(vim.view.InventoryView, "CloseInventoryViewFolder", quality="client")
async def close_inventory_view_folder(call: Call) -> list[Any]:
    """Hide the children of entities; answers those that are not there."""
    own = call.own(InventoryView)
    closed, unknown = _sort(call, call.args.entity)
    for one in closed:
        own.opened.pop(one.id, None)
    call.services.properties.touch([own.key])
    return unknown


def _other(call: Call) -> AnyView:
    return _view(call.object(type(call.args.view), call.args.view._moId))


def _view(managed: Object) -> AnyView:
    if not isinstance(managed.subject, AnyView):
        raise faults.managed_object_not_found(vim.view.View, managed.id)
    return managed.subject


def _objects(call: Call, references: Sequence[Any] | None) -> list[Object]:
    return [call.object(type(reference), reference._moId) for reference in references or ()]


def _sort(call: Call, references: Sequence[Any] | None) -> tuple[list[Object], list[Any]]:
    """The objects of references, and the references to nothing."""
    pairs = [(reference, call.view.find(reference)) for reference in references or ()]
    return [found for _, found in pairs if found is not None], [reference for reference, found in pairs if found is None]
