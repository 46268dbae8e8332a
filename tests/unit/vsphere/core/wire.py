"""A vCenter over a small world, and a client that speaks to it with pyVmomi's own serialiser, without a socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pyVmomi import SoapAdapter, VmomiSupport, vim, vmodl

from dcsim.events import Actor
from emulators.vsphere.answer import Answerer, Reply
from emulators.vsphere.call import Client, Services
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.events import declare
from emulators.world.model import Entity

USER, PASSWORD = "administrator@vsphere.local", "a-Password-1"
PC: Any = vmodl.query.PropertyCollector
EDITED = declare("dcsim.test.thing.edited", "A test changed something")
REMOVED = declare("dcsim.test.thing.removed", "A test removed something")
MADE = declare("dcsim.test.thing.made", "A test made something")


class Edit(Command, frozen=True, kw_only=True, tag="test.edit"):
    """Set fields of any entity, past all rules."""

    uid: str
    fields: dict[str, Any]


class Remove(Command, frozen=True, kw_only=True, tag="test.remove"):
    """Delete any entity, past all rules."""

    uid: str


class Copy(Command, frozen=True, kw_only=True, tag="test.copy"):
    """Make an entity like another, with other fields; answers its uid."""

    uid: str
    fields: dict[str, Any]


@decides(Edit)
def edit(decision: Decision, command: Edit) -> None:
    decision.update(EDITED, decision.get(Entity, command.uid), **command.fields)


@decides(Remove)
def remove(decision: Decision, command: Remove) -> None:
    decision.delete(REMOVED, decision.get(Entity, command.uid))


@decides(Copy)
def copy(decision: Decision, command: Copy) -> str:
    original = decision.get(Entity, command.uid)
    skipped = {"uid", "number", "version", "created"}
    fields = {name: getattr(original, name) for name in original.__struct_fields__ if name not in skipped}
    return decision.create(MADE, type(original), **{**fields, **command.fields}).uid


class Wire:
    """One client's connection."""

    def __init__(self, services: Services, *, agent: str = "tests", gone: Callable[[], bool] = bool) -> None:
        self.services = services
        self.answerer = Answerer(services)
        self.client = Client(address="192.0.2.1", agent=agent, gone=gone)
        self.cookie = ""
        self._stub = SoapAdapter.SoapStubAdapter(host="nowhere.invalid", version=VmomiSupport.newestVersions.GetName("vim"))

    async def send(self, body: bytes, action: str | None = '"urn:vim25/8.0.3.0"') -> Reply:
        reply = await self.answerer.answer(body, action, self.cookie, self.client)
        self.cookie = reply.session.cookie if reply.session is not None else ""
        if reply.rest is None:
            return reply
        pieces = [piece async for piece in reply.rest]
        return Reply(reply.status, b"".join((reply.body, *pieces, reply.tail)), reply.session)

    async def call(self, managed: Any, method: str, **args: Any) -> Any:
        """Call a method by its wire name; raises the fault that answers."""
        info = VmomiSupport.GetWsdlMethod("urn:vim25", method).info
        unknown = set(args) - {param.name for param in info.params}
        assert not unknown, f"{method} has no {unknown}"
        body = self._stub.SerializeRequest(managed, info, [args.get(param.name) for param in info.params])
        reply = await self.send(body.encode() if isinstance(body, str) else body)
        answer = SoapAdapter.SoapResponseDeserializer(self._stub).Deserialize(reply.body, info.result)
        if reply.status != 200:
            raise answer
        return answer

    async def login(self) -> Any:
        return await self.call(SESSION_MANAGER, "Login", userName=USER, password=PASSWORD)

    async def read(self, managed: Any, *paths: str) -> dict[str, Any]:
        """Properties of one object; unset ones are absent, unreadable ones are their faults."""
        spec = filter_spec([object_spec(managed)], property_spec(type(managed), *paths))
        found = await self.call(COLLECTOR, "RetrieveProperties", specSet=[spec])
        assert len(found) == 1
        values = {one.name: one.val for one in found[0].propSet}
        return values | {one.path: one.fault for one in found[0].missingSet}

    async def container(self, *types: Any, container: Any = None, recursive: bool = True) -> Any:
        return await self.call(VIEW_MANAGER, "CreateContainerView", container=container or ROOT, type=list(types), recursive=recursive)

    async def execute(self, command: Command) -> Any:
        return (await self.services.world.execute(command, Actor())).result


ROOT = vim.Folder("group-d1")
INSTANCE = vim.ServiceInstance("ServiceInstance")
SESSION_MANAGER = vim.SessionManager("SessionManager")
VIEW_MANAGER = vim.view.ViewManager("ViewManager")
SEARCH_INDEX = vim.SearchIndex("SearchIndex")
COLLECTOR = PC("propertyCollector")


def property_spec(managed: Any, *paths: str) -> Any:
    return PC.PropertySpec(type=managed, all=paths == ("*",), pathSet=[] if paths == ("*",) else list(paths))


def object_spec(managed: Any, *selections: Any, skip: bool = False) -> Any:
    return PC.ObjectSpec(obj=managed, skip=skip, selectSet=list(selections))


def step(managed: Any, path: str, *selections: Any, name: str | None = None, skip: bool = False) -> Any:
    return PC.TraversalSpec(name=name, type=managed, path=path, skip=skip, selectSet=list(selections))


def filter_spec(objects: list[Any], *properties: Any, tolerant: bool | None = None) -> Any:
    return PC.FilterSpec(objectSet=objects, propSet=list(properties), reportMissingObjectsInResults=tolerant)


def in_view(view: Any, managed: Any, *paths: str) -> Any:
    """The filter spec of most clients: some properties of everything in a container view."""
    selection = step(vim.view.ContainerView, "view", name="view")
    return filter_spec([object_spec(view, selection, skip=True)], property_spec(managed, *paths))


async def refused(answer: Awaitable[Any], fault: Any) -> Any:
    """The fault that a call is answered with."""
    try:
        result = await answer
    except fault as error:
        return error
    raise AssertionError(f"answered: {result}")
