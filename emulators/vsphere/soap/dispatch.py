"""The table of methods that the emulator answers.

    @method(vim.VirtualMachine, "PowerOffVM_Task")
    async def power_off(call: Call[Context]) -> vim.Task: ...

The registry is the dispatch table, the "not supported" answer and the coverage table in the docs.  A function is found by the target's
class or the nearest ancestor that has one, so ``Destroy_Task`` of a Folder and of a VirtualMachine may be two functions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec

from dcsim.errors import DcsimError
from emulators.vsphere.soap import faults, metadata, vmodl
from emulators.vsphere.soap.decode import Request
from emulators.vsphere.soap.metadata import MethodInfo

ContextT = TypeVar("ContextT")
"""What the adapter hands to every method: the world, the session, and so on."""

Quality = Literal["answers", "faults", "checked", "client"]
"""How far a method is proven: behaviour; documented faults tested; shape checked; exercised by an unmodified client."""


class Args:
    """A request's arguments by parameter name: ``call.args.spec``.  Unset optional ones are None, or an empty array."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def as_dict(self) -> dict[str, Any]:
        """A copy, by parameter name."""
        return dict(self._values)


class Call(Generic[ContextT]):
    """One invocation: the context, the decoded request, its target and arguments."""

    __slots__ = ("args", "context", "request")

    def __init__(self, context: ContextT, request: Request) -> None:
        self.context = context
        self.request = request
        self.args = Args(request.args)

    @property
    def method(self) -> MethodInfo:
        """The method's metadata."""
        return self.request.method

    @property
    def target_type(self) -> type[Any]:
        """The managed class that the client gave for the target."""
        cls: type[Any] = self.request.target_type
        return cls

    @property
    def target_id(self) -> str:
        """The target's managed object id, such as ``vm-42``."""
        return self.request.target_id


Handler = Callable[[Call[Any]], Awaitable[Any]]


class Entry(msgspec.Struct, frozen=True, eq=False):
    """A registered method."""

    managed: Any
    info: MethodInfo
    handler: Handler
    quality: Quality


class CoverageRow(msgspec.Struct, frozen=True):
    """One line of the coverage table; ``quality`` is None for a method that answers NotSupported."""

    type: str
    method: str
    namespace: str
    version: str
    quality: Quality | None


class RegistrationError(DcsimError):
    """A method is registered twice, or is unknown to the metadata: a mistake in the emulator's code, found when it is imported."""


class Registry:
    """Methods by (managed class, wire name)."""

    def __init__(self) -> None:
        self._entries: dict[tuple[type[Any], str], Entry] = {}
        self._found: dict[tuple[type[Any], str], Entry | None] = {}

    def method(
        self, managed: type[Any], wire_name: str, *, quality: Quality = "answers", namespace: str = vmodl.VIM25
    ) -> Callable[[Handler], Handler]:
        """Register the decorated coroutine function for a method of ``managed``, its own or inherited."""
        info = metadata.method(namespace, wire_name)
        if info is None or not metadata.supports(managed, info):
            raise RegistrationError(f"{managed.__name__} has no method {wire_name}")

        def register(handler: Handler) -> Handler:
            self.add(Entry(managed, info, handler, quality))
            return handler

        return register

    def add(self, entry: Entry) -> None:
        """Register an entry; RegistrationError when its place is taken."""
        key = (entry.managed, entry.info.wire_name)
        if key in self._entries:
            raise RegistrationError(f"{entry.managed.__name__}.{entry.info.wire_name} is registered twice")
        self._entries[key] = entry
        self._found.clear()

    def find(self, target: type[Any], info: MethodInfo) -> Entry | None:
        """The entry that answers ``info`` on an object of class ``target``, or None."""
        key = (target, info.wire_name)
        if key not in self._found:
            found = (self._entries.get((cls, info.wire_name)) for cls in target.__mro__)
            self._found[key] = next((entry for entry in found if entry is not None and entry.info is info), None)
        return self._found[key]

    def resolve(self, target: type[Any], target_id: str, info: MethodInfo) -> Entry:
        """The entry to run; VimFault MethodNotFound when ``target`` has no such method, NotSupported when nothing is registered for it."""
        if not metadata.supports(target, info):
            raise faults.method_not_found(target, target_id, info.wire_name)
        entry = self.find(target, info)
        if entry is None:
            raise faults.not_supported()
        return entry

    async def dispatch(self, call: Call[Any]) -> Any:
        """Run the method that ``call`` asks for; raises what it raises, and the VimFaults of ``resolve``."""
        entry = self.resolve(call.target_type, call.target_id, call.method)
        return await entry.handler(call)

    def entries(self) -> list[Entry]:
        """Everything registered."""
        return list(self._entries.values())

    def coverage(self) -> list[CoverageRow]:
        """Every method of the metadata with what is registered for it; slow, for docs."""
        best: dict[MethodInfo, Quality] = {}
        for entry in self._entries.values():
            known = best.get(entry.info)
            if known is None or _QUALITIES.index(entry.quality) > _QUALITIES.index(known):
                best[entry.info] = entry.quality
        return [
            CoverageRow(info.managed._wsdlName, info.wire_name, info.namespace, info.version, best.get(info)) for info in metadata.methods()
        ]


_QUALITIES: Final[tuple[Quality, ...]] = ("answers", "faults", "checked", "client")

registry: Final = Registry()
"""The emulator's own table; modules under ``methods/`` fill it when they are imported."""

method: Final = registry.method
coverage: Final = registry.coverage
