"""Sessions: from login to logout, expiry or termination, with everything that a session owns."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from pyVmomi import vim

from emulators.vsphere.objects import Object, Owned
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap.faults import VimFault

if TYPE_CHECKING:
    from emulators.vsphere.accounts import Account
    from emulators.vsphere.properties.reader import Properties

P = TypeVar("P")

IDLE: Final = timedelta(minutes=30)
TICKET: Final = timedelta(seconds=30)
MOST_SESSIONS: Final = 2000
MOST_OWNED: Final = 2000
"""Views, filters and collectors that one session may have at a time."""
SESSIONS_KEY: Final = ("vsphere", "sessions")
"""The key that properties depend on which tell of sessions."""


def not_authenticated(managed: Any = None, privilege: str = "System.View") -> VimFault:
    """The fault of a call outside of a session."""
    return VimFault(vim.fault.NotAuthenticated(object=managed or vim.Folder("group-d1"), privilegeId=privilege))


class Origin(msgspec.Struct, frozen=True):
    """Where a session was opened from."""

    address: str = ""
    agent: str = ""
    locale: str = "en"


def _uuid() -> str:
    """A random UUID that begins as those of vCenter's sessions do."""
    return f"52{str(uuid.uuid4())[2:]}"


class Session:
    """A logged-in client.  ``key`` is public (SessionManager shows it); ``cookie`` is the secret that requests carry."""

    def __init__(self, account: Account, origin: Origin, now: datetime, sessions: Sessions) -> None:
        self.key = _uuid()
        self.cookie = secrets.token_hex(20)
        self.account = account
        self.origin = origin
        self.locale = origin.locale
        self.login_time = now
        self.last_active = now
        self.calls = 0
        self.busy = 0
        self.closed = False
        self.owned: dict[str, Object] = {}
        self.view = View(sessions.properties, self)
        self._parts: dict[Any, Any] = {}
        self._closing: list[Callable[[], None]] = []
        self._sessions = sessions
        self._properties = sessions.properties

    @property
    def principal(self) -> str:
        """The user: ``VSPHERE.LOCAL\\Administrator``."""
        return self.account.principal

    def peers(self) -> list[Session]:
        """Every session, this one included, oldest first."""
        return self._sessions.all()

    @property
    def own_key(self) -> tuple[str, ...]:
        """The key that properties depend on which tell what this session owns."""
        return ("vsphere", "session", self.key)

    def part(self, cls: type[P], make: Callable[[], P]) -> P:
        """The one object of a class that belongs to this session, made when it is first asked for."""
        found = self._parts.get(cls)
        if not isinstance(found, cls):
            found = self._parts[cls] = make()
        return found

    def done(self, now: datetime) -> None:
        """A call of this session has ended."""
        self.busy -= 1
        self.last_active = now

    def new_id(self) -> str:
        """An id for an object of this session, in vCenter's form."""
        return f"session[{self.key}]{_uuid()}"

    def own(self, thing: Owned) -> Object:
        """Let the session own an object until ``disown`` or its end; VimFault LimitExceeded when it has too many."""
        if len(self.owned) >= MOST_OWNED:
            message = f"A session may have at most {MOST_OWNED} views, filters and collectors."
            raise VimFault(vim.fault.LimitExceeded(limit=MOST_OWNED), message)
        made = self.owned[thing.id] = Object(thing.type, thing.id, thing)
        self._properties.touch([self.own_key])
        return made

    def disown(self, object_id: str) -> None:
        """Close and forget one of its objects."""
        made = self.owned.pop(object_id, None)
        if made is not None:
            made.subject.close()
            self._properties.fragments.forget([object_id])
            self._properties.touch([self.own_key])

    def owned_of(self, cls: type[Any]) -> list[Object]:
        """The session's objects of a class, oldest first."""
        return [one for one in self.owned.values() if isinstance(one.subject, cls)]

    def when_closed(self, action: Callable[[], None]) -> Callable[[], None]:
        """Call ``action`` when the session ends; the answer takes that back."""
        self._closing.append(action)
        return lambda: self._closing.remove(action) if action in self._closing else None

    def close(self) -> None:
        """End it: waits end with NotAuthenticated, and what it owns is let go."""
        self.closed = True
        for action in tuple(self._closing):
            action()
        for object_id in tuple(self.owned):
            self.disown(object_id)


class Sessions:
    """Everyone who is logged in."""

    def __init__(self, properties: Properties) -> None:
        self.properties = properties
        self._tickets: dict[str, tuple[Session, datetime]] = {}
        self._by_cookie: dict[str, Session] = {}
        self._by_key: dict[str, Session] = {}

    @property
    def name(self) -> str:
        """What logs call the worker that ends idle sessions."""
        return "vsphere-sessions"

    def open(self, account: Account, origin: Origin) -> Session:
        """A new session; the most idle one makes room when there are too many."""
        self.expire()
        if len(self._by_key) >= MOST_SESSIONS:
            self.end(min(self._by_key.values(), key=lambda session: session.last_active))
        session = Session(account, origin, self._now(), self)
        self._by_cookie[session.cookie] = self._by_key[session.key] = session
        self.properties.touch([SESSIONS_KEY])
        return session

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie, used now; None when it is unknown, ended or idle for too long."""
        session = self._by_cookie.get(cookie)
        if session is None or self._is_idle(session):
            return None
        session.last_active = self._now()
        session.calls += 1
        return session

    def by_key(self, key: str) -> Session | None:
        """The session of a public key."""
        session = self._by_key.get(key)
        return None if session is None or self._is_idle(session) else session

    def all(self) -> list[Session]:
        """Every session, oldest first."""
        return list(self._by_key.values())

    def end(self, session: Session) -> None:
        """Log out."""
        self._by_cookie.pop(session.cookie, None)
        self._by_key.pop(session.key, None)
        session.close()
        self.properties.touch([SESSIONS_KEY])

    def expire(self) -> None:
        """End sessions that were idle for too long."""
        for session in self.all():
            self._is_idle(session)

    def issue_ticket(self, session: Session) -> str:
        """A secret that ``redeem_ticket`` takes once."""
        now = self._now()
        self._tickets = {ticket: (owner, until) for ticket, (owner, until) in self._tickets.items() if until > now and not owner.closed}
        ticket = f"cst-VCT-{secrets.token_hex(24)}"
        self._tickets[ticket] = (session, now + TICKET)
        return ticket

    def redeem_ticket(self, ticket: str) -> Session | None:
        """The session that a ticket was issued in; None when it is unknown, used, too old, or that session is over."""
        session, until = self._tickets.pop(ticket, (None, self._now()))
        return session if session is not None and until > self._now() and not session.closed else None

    def close(self) -> None:
        """End all."""
        for session in self.all():
            self.end(session)

    async def run(self) -> None:
        """End idle sessions, for ever."""
        while True:
            await self.properties.world.clock.sleep(60)
            self.expire()

    def _is_idle(self, session: Session) -> bool:
        idle = not session.busy and self._now() - session.last_active > IDLE
        if idle:
            self.end(session)
        return idle

    def _now(self) -> datetime:
        return self.properties.world.clock.now()
