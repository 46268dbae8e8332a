"""Sessions: cookies that clients get at login, refresh before they run out, and give back."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from dcsim.clock import Clock
from emulators.ucs.refusals import no_session, not_logged_in, too_many_sessions

P = TypeVar("P")

REFRESH_SECONDS: Final = 600
"""What clients are told to refresh within."""
IDLE: Final = timedelta(seconds=7200)
"""How long a session lives that nobody uses or refreshes."""
TOKEN: Final = timedelta(seconds=60)
PER_USER: Final = 32
IN_ALL: Final = 256
ADMINISTRATOR: Final = frozenset({"admin", "read-only"})
"""The privileges of who may do everything."""


class Session:
    """A logged-in client; ``cookie`` is its secret, ``id`` what UCS Manager shows of it (``web_51234_A``)."""

    def __init__(self, number: int, user: str, address: str, now: datetime, privileges: frozenset[str] = ADMINISTRATOR) -> None:
        self.id = f"web_{number}_A"
        self.user = user
        self.privileges = privileges
        self.address = address
        self.opened = now
        self.used = now
        self.cookie = new_cookie(now)
        self.closed = False
        self._closing: list[Callable[[], None]] = []
        self._parts: dict[type[Any], Any] = {}

    def part(self, cls: type[P]) -> P:
        """The one object of a class that belongs to this session, made when it is first asked for."""
        found = self._parts.get(cls)
        if not isinstance(found, cls):
            found = self._parts[cls] = cls()
        return found

    def when_closed(self, action: Callable[[], None]) -> None:
        """Call ``action`` when the session ends."""
        self._closing.append(action)

    def close(self) -> None:
        """End it."""
        self.closed = True
        for action in tuple(self._closing):
            action()


class _Token(msgspec.Struct, frozen=True):
    session: Session
    until: datetime


def new_cookie(now: datetime) -> str:
    """A cookie in UCS Manager's form: seconds since the epoch, a slash, a UUID."""
    return f"{int(now.timestamp())}/{uuid.UUID(bytes=secrets.token_bytes(16), version=4)}"


class Sessions:
    """Everyone who is logged in to one domain.  Times are the wall's: clients refresh by theirs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_cookie: dict[str, Session] = {}
        self._tokens: dict[str, _Token] = {}
        self._number = 10_000 + secrets.randbelow(40_000)

    def open(self, user: str, address: str, privileges: frozenset[str] = ADMINISTRATOR) -> Session:
        """A new session; a Refusal (572) when the user, or everybody together, has too many."""
        self._expire()
        if len(self._by_cookie) >= IN_ALL or sum(one.user == user for one in self._by_cookie.values()) >= PER_USER:
            raise too_many_sessions()
        self._number += 1
        session = Session(self._number, user, address, self._clock.wall(), privileges)
        self._by_cookie[session.cookie] = session
        return session

    def get(self, cookie: str) -> Session:
        """The session of a cookie, used now; a Refusal (552) when there is none."""
        session, now = self._by_cookie.get(cookie), self._clock.wall()
        if session is None or (now - session.used > IDLE and self._is_over(session, now)):
            raise not_logged_in()
        session.used = now
        return session

    def refresh(self, cookie: str, user: str) -> Session:
        """Give a session a new cookie; a Refusal (555) when the user has none with the old one."""
        session, now = self._by_cookie.get(cookie), self._clock.wall()
        if session is None or session.user != user or self._is_over(session, now):
            raise no_session()
        del self._by_cookie[cookie]
        session.used = now
        session.cookie = new_cookie(session.used)
        self._by_cookie[session.cookie] = session
        return session

    def end(self, cookie: str) -> Session:
        """Log out; a Refusal (555) when there is no such session."""
        session = self._by_cookie.pop(cookie, None)
        if session is None:
            raise no_session()
        session.close()
        return session

    def all(self) -> list[Session]:
        """Every session, oldest first."""
        self._expire()
        return sorted(self._by_cookie.values(), key=lambda session: session.id)

    def issue_token(self, session: Session) -> str:
        """A secret that opens another session of the same user, once, within a minute."""
        now = self._clock.wall()
        self._tokens = {text: token for text, token in self._tokens.items() if token.until > now}
        text = secrets.token_hex(16)
        self._tokens[text] = _Token(session, now + TOKEN)
        return text

    def redeem(self, text: str, user: str) -> bool:
        """Take a user's token; false when it is unknown, used, another user's, too old, or its session is over."""
        token = self._tokens.pop(text, None)
        return token is not None and token.until > self._clock.wall() and token.session.user == user and not token.session.closed

    def close(self) -> None:
        """End all."""
        for cookie in tuple(self._by_cookie):
            self.end(cookie)

    def _expire(self) -> None:
        now = self._clock.wall()
        for session in tuple(self._by_cookie.values()):
            self._is_over(session, now)

    def _is_over(self, session: Session, now: datetime) -> bool:
        over = now - session.used > IDLE
        if over:
            self.end(session.cookie)
        return over
