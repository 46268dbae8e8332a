"""A call of a method, and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from dcsim.events import Actor
from emulators.ucs.refusals import denied, not_logged_in
from emulators.ucs.schema.metadata import Schema
from emulators.ucs.xmlapi.request import Request
from emulators.world.commands import Command, Outcome

if TYPE_CHECKING:
    from emulators.ucs.domain import Domain
    from emulators.ucs.events import Subscription
    from emulators.ucs.mit.tree import Tree
    from emulators.ucs.sessions import Session


class Client:
    """Who is at the other end of the connection."""

    __slots__ = ()

    @property
    def address(self) -> str:
        """The IP address."""
        return ""

    @property
    def agent(self) -> str:
        """What it calls itself."""
        return ""

    @property
    def traceparent(self) -> str:
        """The trace that the call belongs to."""
        return ""


class Answer(msgspec.Struct, frozen=True):
    """What a method answers: attributes beside cookie and response, and its content in pieces (elements with a space around each).

    ``events`` makes it a stream: nothing else is sent then.
    """

    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    content: Sequence[bytes] = ()
    events: Subscription | None = None


class Call:
    """One request to one domain."""

    __slots__ = ("_session", "client", "domain", "request")

    def __init__(self, domain: Domain, request: Request, client: Client, session: Session | None) -> None:
        self.domain = domain
        self.request = request
        self.client = client
        self._session = session

    @property
    def session(self) -> Session:
        """The caller's session; a Refusal (552) when there is none."""
        if self._session is None:
            raise not_logged_in()
        return self._session

    @property
    def tree(self) -> Tree:
        """The domain's objects."""
        return self.domain.tree

    @property
    def schema(self) -> Schema:
        """The domain's classes."""
        return self.domain.tree.schema

    def require(self, *class_ids: str) -> None:
        """Refuse (160) a caller whose roles do not let it write objects of these classes."""
        allowed = self.session.privileges
        if "admin" in allowed:
            return
        for class_id in class_ids:
            if not (allowed - {"read-only"}).intersection(self.schema.get(class_id).privileges):
                raise denied(f"Access denied: {self.session.user} may not change objects of class {class_id}")

    async def execute(self, command: Command) -> Outcome:
        """Ask the world; raises the DomainError that refuses it."""
        return await self.domain.world.execute(command, self.actor)

    @property
    def actor(self) -> Actor:
        """Who asks, for the journal and the audit log."""
        client = self.client
        return Actor(
            principal=self._session.user if self._session else "",
            agent=client.agent,
            api="ucs",
            operation=self.request.method,
            request_id=self._session.id if self._session else "",
            traceparent=client.traceparent,
        )
