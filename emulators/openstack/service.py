"""Services and their operations as declarations: dispatch, validation, policy, "no such resource" and the coverage page read them.

    COMPUTE = Service(name="nova", type="compute", prefix="/compute", base="/v2.1", wording=nova, ...)

    @COMPUTE.get("/flavors/{flavor_id}", rule=anyone)
    async def show(call: Call) -> dict[str, Any]: ...

    @COMPUTE.action("/servers/{server_id}/action", "os-stop", body=NULL)
    async def stop(call: Call) -> None: ...

Paths are relative to the service's ``prefix + base``; with ``root=True`` to its ``prefix`` alone (version documents).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from emulators.openstack.credentials import Rule, member, reader
from emulators.openstack.faults import Wording
from emulators.openstack.microversions import ALWAYS, Microversions, Range, Version, span
from emulators.openstack.validation import Sentence

if TYPE_CHECKING:
    from emulators.openstack.call import Call
    from emulators.openstack.cloud import Cloud

Handler = Callable[["Call"], Awaitable[Any]]
Declared = Callable[[Handler], Handler]
Schema = Mapping[str, Any] | Mapping[Range, Mapping[str, Any]] | None
Quality = Literal["answers", "faults", "checked", "client"]


class Versioned(dict[Range, Mapping[str, Any]]):
    """A schema by microversion: ``Versioned({"2.1-2.18": OLD, "2.19-": NEW})``."""

    def __init__(self, by_span: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__({span(text): schema for text, schema in by_span.items()})

    def of(self, version: Version | None) -> Mapping[str, Any] | None:
        """The schema in force, or None."""
        return next((schema for versions, schema in self.items() if version is None or version in versions), None)


class Options(TypedDict, total=False):
    """What an operation may be declared with beside its path (`Operation` says what each means)."""

    versions: str
    rule: Rule | None
    status: int
    body: Schema
    query: Schema
    raw: bool
    root: bool
    quality: Quality


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One declared operation.

    ``action`` is the key of the body that chooses it among those of one path, ``versions`` the microversions that have it (``2.1-2.35``,
    ``held`` as a range).  ``rule`` None: no token is needed.  ``body`` and
    ``query`` are JSON schemas (of the query: every value is a list of strings, as Nova has it).  ``raw``: the handler reads the
    body itself.  ``status`` is that of success.
    """

    service: Service
    method: str
    path: str
    handler: Handler
    action: str = ""
    versions: str = ""
    rule: Rule | None = member
    status: int = 200
    body: Schema = None
    query: Schema = None
    raw: bool = False
    root: bool = False
    quality: Quality = "answers"
    held: Range = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "held", span(self.versions) if self.versions else ALWAYS)

    @property
    def name(self) -> str:
        """``POST /v2.1/servers/{server_id}/action os-stop``: what metrics and the coverage page call it."""
        return f"{self.method} {self.template} {self.action}".rstrip()

    @property
    def template(self) -> str:
        """The path below the service's prefix."""
        return self.path if self.root else self.service.base + self.path


@dataclass(eq=False)
class Service:
    """One API.  ``project_in_path``: the first segment after the base may be the project's id, as older catalogs had it.
    ``strict_slash``: a path with a slash at its end names a resource whose id is empty, which there is none of.

    ``sentence`` words requests that don't fit their schema (None: Nova's words).  ``seed`` gives a new world what a fresh deployment
    has; it runs at every start and does nothing when it is there.
    """

    name: str
    type: str
    prefix: str
    base: str
    wording: Wording
    title: str = ""
    microversions: Microversions | None = None
    project_in_path: bool = False
    request_id_header: str = ""
    catalog_path: str = ""
    classic_port: int = 0
    strict_slash: bool = False
    seed: Callable[[Cloud], None] | None = None
    sentence: Sentence | None = None
    operations: list[Operation] = field(default_factory=list)

    def get(self, path: str, **options: Unpack[Options]) -> Declared:
        """Declare a reading operation; HEAD is answered by it too."""
        options.setdefault("rule", reader)
        return self.operation("GET", path, **options)

    def head(self, path: str, **options: Unpack[Options]) -> Declared:
        """Declare HEAD where it is more than GET without its body."""
        options.setdefault("rule", reader)
        return self.operation("HEAD", path, **options)

    def post(self, path: str, **options: Unpack[Options]) -> Declared:
        """Declare a creating operation."""
        return self.operation("POST", path, **options)

    def put(self, path: str, **options: Unpack[Options]) -> Declared:
        """Declare a replacing operation."""
        return self.operation("PUT", path, **options)

    def patch(self, path: str, **options: Unpack[Options]) -> Declared:
        """Declare a changing operation."""
        return self.operation("PATCH", path, **options)

    def delete(self, path: str, **options: Unpack[Options]) -> Declared:
        """Declare a deleting operation."""
        options.setdefault("status", 204)
        return self.operation("DELETE", path, **options)

    def action(self, path: str, name: str, **options: Unpack[Options]) -> Declared:
        """Declare what POST does when the body's one key is ``name``."""
        options.setdefault("status", 202)
        return self.operation("POST", path, action=name, **options)

    def operation(self, method: str, path: str, *, action: str = "", **options: Unpack[Options]) -> Declared:
        """Declare an operation; the decorated coroutine answers its body, a `Reply`, or None."""

        def register(handler: Handler) -> Handler:
            self.operations.append(Operation(self, method, path, handler, action, **options))
            return handler

        return register
