"""API tokens: opaque, long-lived, with scopes; the gateway exchanges them for short tokens that services verify."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import insert, select, update

from dcsim.errors import InvalidArgument, NotFound, PermissionDenied
from dcsim.sql import Database
from graph.auth.audit import Audit
from graph.auth.model import ApiToken, MadeApiToken, NewApiToken
from graph.auth.origin import Origin
from graph.auth.roles import ROLES, SCOPES, granted
from graph.auth.sessions import digest_of
from graph.auth.tables import TOKENS, USERS
from graph.auth.users import Accounts

PREFIX: Final = "dcs_"
"""What API tokens begin with, so that scanners of source code find those that were committed."""
NOTICED: Final = timedelta(minutes=1)
"""How exactly the last use is known."""


class ApiTokens:
    """The API tokens of one gateway."""

    def __init__(self, database: Database, accounts: Accounts, audit: Audit) -> None:
        self._database = database
        self._accounts = accounts
        self._audit = audit

    async def create(self, wanted: NewApiToken, user: str, held: frozenset[str], origin: Origin) -> MadeApiToken:
        """A token for *user*, made by somebody who has the scopes *held*.  Raises NotFound, InvalidArgument, PermissionDenied."""
        owner = await self._accounts.get(user)
        scopes = wanted.scopes or granted(ROLES[owner.role], held)
        if unknown := sorted(set(scopes) - SCOPES):
            raise InvalidArgument(f"There is no scope {unknown[0]!r}; there are: {', '.join(sorted(SCOPES))}.", field="scopes")
        allowed = granted(granted(scopes, held), ROLES[owner.role])
        if missing := sorted(set(scopes) - set(allowed)):
            raise PermissionDenied(f"The scope {missing[0]} is not {user}'s, or not yours to give.", privilege=missing[0])
        secret = PREFIX + secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        row: dict[str, Any] = {
            "id": f"t_{secrets.token_hex(8)}",
            "user": user,
            "title": wanted.title,
            "scopes": " ".join(dict.fromkeys(scopes)),
        }
        row |= {"created": now, "creator": origin.principal[:64], "expires": now + timedelta(days=wanted.days)}
        async with self._database.write() as connection:
            await connection.execute(insert(TOKENS).values(**row, digest=digest_of(secret)))
            await self._audit.add(connection, origin, "auth.token.create", row["id"], status=201, detail=f"{user}: {row['scopes']}")
        return MadeApiToken(_token(row | {"used": None}), secret)

    async def of(self, user: str) -> tuple[ApiToken, ...]:
        """A user's tokens that can still be used, the newest first."""
        query = select(TOKENS).where(TOKENS.c.user == user, TOKENS.c.revoked.is_(None), TOKENS.c.expires > datetime.now(UTC))
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(TOKENS.c.created.desc()).limit(500))).mappings().all()
        return tuple(_token(dict(row)) for row in rows)

    async def revoke(self, token_id: str, origin: Origin, *, user: str | None = None) -> None:
        """End a token (*user*'s, where one is given).  Raises NotFound."""
        usable = (TOKENS.c.id == token_id) & TOKENS.c.revoked.is_(None)
        if user is not None:
            usable &= TOKENS.c.user == user
        async with self._database.write() as connection:
            ended = await connection.execute(update(TOKENS).where(usable).values(revoked=datetime.now(UTC)))
            if not ended.rowcount:
                raise NotFound(f"There is no token {token_id!r}.", subject=token_id)
            await self._audit.add(connection, origin, "auth.token.revoke", token_id, status=204)

    async def find(self, *, secret: str | None = None, token_id: str | None = None) -> tuple[ApiToken, tuple[str, ...]] | None:
        """A usable token, by its secret or its id, and the scopes that it has while its user has that role; None when it is over."""
        now = datetime.now(UTC)
        one = TOKENS.c.digest == digest_of(secret) if secret is not None else TOKENS.c.id == token_id
        query = select(TOKENS, USERS.c.role).join(USERS, USERS.c.name == TOKENS.c.user)
        query = query.where(one, TOKENS.c.revoked.is_(None), TOKENS.c.expires > now, USERS.c.enabled)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        if row["used"] is None or now - row["used"] > NOTICED:
            async with self._database.write() as connection:
                await connection.execute(update(TOKENS).where(TOKENS.c.id == row["id"]).values(used=now))
        token = _token(dict(row))
        return token, granted(token.scopes, ROLES[row["role"]])


def _token(row: dict[str, Any]) -> ApiToken:
    shown = {key: row[key] for key in ApiToken.__struct_fields__}
    return msgspec.convert(shown | {"scopes": tuple(row["scopes"].split())}, ApiToken)
