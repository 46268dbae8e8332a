"""Who is logged in, as ``aaaSession``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from emulators.ucs.mit.node import Node
from emulators.ucs.mit.view import stamp
from emulators.ucs.providers.base import FlatProvider
from emulators.ucs.schema.metadata import Schema
from emulators.ucs.sessions import IDLE, REFRESH_SECONDS, Session, Sessions


class SessionObjects(FlatProvider):
    """One object a session, under its user."""

    CLASS_ID: ClassVar[str] = "aaaSession"
    HOME: ClassVar[str] = "sys/user-ext/user-"

    def __init__(self, sessions: Sessions, schema: Schema) -> None:
        self._sessions = sessions
        self._meta = schema.get(self.CLASS_ID)

    def nodes(self) -> Iterator[Node]:
        """Every session."""
        return (self._node(session) for session in self._sessions.all())

    def _node(self, session: Session) -> Node:
        props = {
            "host": session.address,
            "id": session.id,
            "loginTime": stamp(session.opened),
            "pid": session.id.split("_")[1],
            "refreshPeriod": str(REFRESH_SECONDS),
            "sessionTimeout": str(int(IDLE.total_seconds())),
            "switchId": "A",
            "term": session.id,
            "ui": "web",
            "user": session.user,
        }
        return Node(self._meta, f"{self.HOME}{session.user}/term-{session.id}", props)
