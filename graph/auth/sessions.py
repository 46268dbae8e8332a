"""Logins: a short access token, and a refresh token that is good once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dcsim.errors import NotFound, Unauthenticated
from dcsim.security.passwords import verify_password
from dcsim.security.tokens import Tokens
from dcsim.sql import Database
from graph.auth.audit import Audit
from graph.auth.guessing import Guessing
from graph.auth.model import Pair, Session
from graph.auth.origin import Origin
from graph.auth.roles import ROLES
from graph.auth.tables import REFRESH, SESSIONS, USERS
from graph.auth.users import Accounts

ACCESS: Final = timedelta(minutes=10)
"""How long an access token is good for; services behind the gateway trust it so long, whatever happens to its session."""
IDLE: Final = timedelta(days=14)
LONGEST: Final = timedelta(days=30)
PREFIX: Final = "dcr_"


class Logins:
    """Sessions of people.  Raises Unauthenticated for whatever is not right, without saying what."""

    def __init__(self, database: Database, accounts: Accounts, tokens: Tokens, audit: Audit) -> None:
        self._database = database
        self._accounts = accounts
        self._tokens = tokens
        self._audit = audit
        self._guessing = Guessing(database)

    async def login(self, name: str, password: str, origin: Origin) -> Pair:
        """A new session.  Raises Unauthenticated, TooManyRequests."""
        row = await self.checked(name, password, origin)
        now = datetime.now(UTC)
        session = f"s_{secrets.token_hex(10)}"
        values = {"id": session, "user": name, "created": now, "used": now, "expires": now + LONGEST}
        async with self._database.write() as connection:
            await connection.execute(insert(SESSIONS).values(**values, address=origin.address[:64], agent=origin.agent[:300]))
            pair = await self._pair(connection, row, session, now + LONGEST)
            await self._audit.add(connection, _by(origin, name), "auth.login", session)
        return pair

    async def checked(self, name: str, password: str, origin: Origin) -> dict[str, Any]:
        """The account whose password that is.  Raises Unauthenticated, TooManyRequests."""
        name = name.replace("\0", "")
        await self._guessing.attempt(name, origin.address)
        row = await self._accounts.row(name)
        usable = row if row is not None and row["enabled"] and row["kind"] == "person" else None
        if not await verify_password(usable["password"] if usable else None, password) or usable is None:
            await self._audit.note(_by(origin, "anonymous"), "auth.login", name, status=401)
            raise Unauthenticated("The name or the password is wrong.")
        await self._guessing.succeeded(name, origin.address)
        return usable

    async def refresh(self, token: str, origin: Origin) -> Pair:
        """The next tokens of a session.  A token that comes twice has been stolen, by one of the two: the session ends."""
        digest = digest_of(token)
        async with self._database.write() as connection:
            row = await self._of_refresh(connection, digest)
            now = datetime.now(UTC)
            if row is not None and row["spent"] is None and row["until"] > now:
                await connection.execute(update(REFRESH).where(REFRESH.c.digest == digest).values(used=now))
                await connection.execute(update(SESSIONS).where(SESSIONS.c.id == row["session"]).values(used=now))
                return await self._pair(connection, row, row["session"], row["expires"])
            if row is not None and row["spent"] is not None:
                await connection.execute(update(SESSIONS).where(SESSIONS.c.id == row["session"]).values(ended=now))
                await self._audit.add(
                    connection, _by(origin, row["name"]), "auth.refresh", row["session"], status=401, detail="used twice: ended"
                )
        raise Unauthenticated("The refresh token is not valid any more; log in again.")

    async def end(self, session: str, origin: Origin, *, user: str | None = None) -> None:
        """End a session (*user*'s, where one is given).  Raises NotFound."""
        going = (SESSIONS.c.id == session) & SESSIONS.c.ended.is_(None)
        if user is not None:
            going &= SESSIONS.c.user == user
        async with self._database.write() as connection:
            ended = await connection.execute(update(SESSIONS).where(going).values(ended=datetime.now(UTC)))
            if not ended.rowcount:
                raise NotFound(f"There is no session {session!r}.", subject=session)
            await self._audit.add(connection, origin, "auth.logout", session, status=204)

    async def of(self, user: str) -> tuple[Session, ...]:
        """A user's sessions, the newest first."""
        query = select(SESSIONS).where(SESSIONS.c.user == user, SESSIONS.c.ended.is_(None), SESSIONS.c.expires > datetime.now(UTC))
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(SESSIONS.c.created.desc()).limit(200))).mappings().all()
        return tuple(msgspec.convert({key: row[key] for key in Session.__struct_fields__}, Session) for row in rows)

    async def role_in(self, session: str) -> str | None:
        """The role that a session's user has now; None when the session is over."""
        going = (SESSIONS.c.id == session) & SESSIONS.c.ended.is_(None) & (SESSIONS.c.expires > datetime.now(UTC)) & USERS.c.enabled
        query = select(USERS.c.role).join(SESSIONS, SESSIONS.c.user == USERS.c.name).where(going)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar()

    async def forget(self, before: datetime) -> None:
        """Drop sessions that were over then."""
        over = (SESSIONS.c.expires < before) | (SESSIONS.c.ended < before)
        async with self._database.write() as connection:
            await connection.execute(delete(SESSIONS).where(over))

    async def _of_refresh(self, connection: AsyncConnection, digest: str) -> dict[str, Any] | None:
        """The refresh token with its session and user, while that session goes on."""
        now = datetime.now(UTC)
        query = (
            select(
                REFRESH.c.session,
                REFRESH.c.used.label("spent"),
                REFRESH.c.expires.label("until"),
                SESSIONS.c.expires,
                USERS.c.name,
                USERS.c.role,
            )
            .join(SESSIONS, SESSIONS.c.id == REFRESH.c.session)
            .join(USERS, USERS.c.name == SESSIONS.c.user)
            .where(REFRESH.c.digest == digest, SESSIONS.c.ended.is_(None), SESSIONS.c.expires > now, USERS.c.enabled)
            .with_for_update(of=REFRESH)
        )
        row = (await connection.execute(query)).mappings().first()
        return dict(row) if row is not None else None

    async def _pair(self, connection: AsyncConnection, user: dict[str, Any], session: str, longest: datetime) -> Pair:
        now = datetime.now(UTC)
        secret = PREFIX + secrets.token_urlsafe(32)
        until = min(now + IDLE, longest)
        await connection.execute(insert(REFRESH).values(digest=digest_of(secret), session=session, expires=until))
        scopes = ROLES[user["role"]]
        return Pair(
            access_token=self._tokens.issue(user["name"], scopes=scopes, lifetime=ACCESS, session=session),
            expires_in=int(ACCESS.total_seconds()),
            refresh_token=secret,
            refresh_expires_in=int((until - now).total_seconds()),
            scope=" ".join(scopes),
        )


def digest_of(secret: str) -> str:
    """What is kept of a secret that was made at random: nobody guesses it, so that a slow hash would gain nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _by(origin: Origin, principal: str) -> Origin:
    return msgspec.structs.replace(origin, principal=principal)
