"""Accounts: who there is, with which role."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dcsim.errors import AlreadyExists, InvalidArgument, InvalidState, NotFound, VersionConflict
from dcsim.security.passwords import hash_password
from dcsim.sql import Database, Refusal
from graph.auth.audit import Audit
from graph.auth.model import MadeUser, NewUser, User, UserChange, Users
from graph.auth.origin import Origin
from graph.auth.tables import SESSIONS, USERS

ADMIN: Final = "admin"
RESERVED: Final = frozenset({"system", "outside", "anonymous"})
"""Principals that events already know as something else."""


class Accounts:
    """The accounts of one gateway."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    async def begin(self, password: str) -> bool:
        """Make the first administrator, with that password, where there is no account; whether it was made."""
        hashed = await hash_password(password)
        async with self._database.write() as connection:
            if (await connection.execute(select(func.count()).select_from(USERS))).scalar_one():
                return False
            try:
                async with connection.begin_nested():
                    await connection.execute(insert(USERS).values(_row(NewUser(name=ADMIN, role="admin"), hashed) | {"initial": True}))
            except Refusal:  # another gateway on this database was first
                return False
            await self._audit.add(connection, Origin(), "auth.user.create", ADMIN, detail="first start")
        return True

    async def initial_password(self) -> str | None:
        """The hash of the administrator's password, while it is the one of the first start."""
        row = await self.row(ADMIN)
        return str(row["password"]) if row is not None and row["initial"] else None

    async def replace_initial(self, password: str) -> None:
        """Another password for the administrator who has never chosen one: this data directory's has changed (``--demo``)."""
        hashed = await hash_password(password)
        async with self._database.write() as connection:
            await connection.execute(update(USERS).where(USERS.c.name == ADMIN, USERS.c.initial).values(password=hashed))
            await self._audit.add(connection, Origin(), "auth.user.password", ADMIN, detail="the data directory's")

    async def row(self, name: str) -> dict[str, Any] | None:
        """Everything of an account, with the hash."""
        async with self._database.read() as connection:
            found = (await connection.execute(select(USERS).where(USERS.c.name == name))).mappings().first()
        return dict(found) if found is not None else None

    async def get(self, name: str) -> User:
        """An account.  Raises NotFound."""
        return _user(_found(await self.row(name), name))

    async def page(self, *, after: str = "", limit: int = 100) -> Users:
        """Accounts by name."""
        query = select(USERS).where(USERS.c.name > after).order_by(USERS.c.name).limit(limit + 1)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        items = tuple(_user(dict(row)) for row in rows[:limit])
        return Users(items, items[-1].name if len(rows) > limit else None)

    async def create(self, wanted: NewUser, origin: Origin) -> MadeUser:
        """Make an account.  Raises AlreadyExists, InvalidArgument."""
        if wanted.name in RESERVED:
            raise InvalidArgument(f"{wanted.name!r} means something else in events; choose another name.", field="name")
        if wanted.kind == "service" and wanted.password is not None:
            raise InvalidArgument("A service account has API tokens, no password.", field="password")
        generated = secrets.token_urlsafe(15) if wanted.kind == "person" and wanted.password is None else None
        password = wanted.password or generated
        row = _row(wanted, await hash_password(password) if password else None)
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(USERS).values(row))
                await self._audit.add(
                    connection, origin, "auth.user.create", wanted.name, status=201, detail=f"{wanted.kind}, {wanted.role}"
                )
        except Refusal as error:
            raise AlreadyExists(f"There is an account {wanted.name!r} already.", subject=wanted.name, field="name") from error
        return MadeUser(_user(row), generated)

    async def change(self, name: str, change: UserChange, origin: Origin, *, version: int | None = None) -> User:
        """Change an account.  Raises NotFound, VersionConflict, InvalidState (it is the last administrator)."""
        hashed = await hash_password(change.password) if change.password is not None else None
        given = {key: value for key, value in msgspec.structs.asdict(change).items() if value is not None and key != "password"}
        if hashed is not None:
            given |= {"password": hashed, "initial": False}
        async with self._database.write() as connection:
            row = await self._locked(connection, name)
            if version is not None and version != row["version"]:
                raise VersionConflict(f"The account {name!r} has changed since; read it again.", subject=name)
            if hashed is not None and row["kind"] == "service":
                raise InvalidArgument("A service account has API tokens, no password.", field="password")
            changed = row | given | {"version": row["version"] + 1}
            await self._keep_an_administrator(connection, row, stays=changed["enabled"] and changed["role"] == "admin")
            await connection.execute(update(USERS).where(USERS.c.name == name).values(**given, version=changed["version"]))
            if hashed is not None or not changed["enabled"]:
                await end_sessions(connection, name)
            await self._audit.add(connection, origin, "auth.user.change", name, detail=", ".join(sorted(given)))
        return _user(changed)

    async def delete(self, name: str, origin: Origin, *, version: int | None = None) -> None:
        """Remove an account with its sessions and tokens.  Raises as `change`."""
        async with self._database.write() as connection:
            row = await self._locked(connection, name)
            if version is not None and version != row["version"]:
                raise VersionConflict(f"The account {name!r} has changed since; read it again.", subject=name)
            await self._keep_an_administrator(connection, row, stays=False)
            await connection.execute(delete(USERS).where(USERS.c.name == name))
            await self._audit.add(connection, origin, "auth.user.delete", name, status=204)

    async def set_password(self, name: str, new: str, session: str, origin: Origin) -> None:
        """A new password of one's own; other sessions end."""
        hashed = await hash_password(new)
        async with self._database.write() as connection:
            row = await self._locked(connection, name)
            values = {"password": hashed, "initial": False, "version": row["version"] + 1}
            await connection.execute(update(USERS).where(USERS.c.name == name).values(**values))
            await end_sessions(connection, name, but=session)
            await self._audit.add(connection, origin, "auth.user.password", name, status=204)

    async def _locked(self, connection: AsyncConnection, name: str) -> dict[str, Any]:
        row = (await connection.execute(select(USERS).where(USERS.c.name == name).with_for_update())).mappings().first()
        return _found(dict(row) if row is not None else None, name)

    async def _keep_an_administrator(self, connection: AsyncConnection, row: dict[str, Any], *, stays: bool) -> None:
        if stays or row["role"] != "admin" or not row["enabled"]:
            return
        admins = (USERS.c.role == "admin") & USERS.c.enabled & (USERS.c.kind == "person")
        names = (await connection.execute(select(USERS.c.name).where(admins).with_for_update())).scalars().all()
        if set(names) <= {row["name"]} and row["kind"] == "person":
            raise InvalidState(f"{row['name']!r} is the last administrator; make another one first.", subject=str(row["name"]))


async def end_sessions(connection: AsyncConnection, user: str, *, but: str = "") -> None:
    """End a user's sessions, all but one perhaps."""
    going = (SESSIONS.c.user == user) & SESSIONS.c.ended.is_(None) & (SESSIONS.c.id != but)
    await connection.execute(update(SESSIONS).where(going).values(ended=datetime.now(UTC)))


def _found(row: dict[str, Any] | None, name: str) -> dict[str, Any]:
    if row is None:
        raise NotFound(f"There is no account {name!r}.", subject=name)
    return row


def _row(wanted: NewUser, hashed: str | None) -> dict[str, Any]:
    kept = {"name": wanted.name, "kind": wanted.kind, "role": wanted.role, "full_name": wanted.full_name, "password": hashed}
    return kept | {"initial": False, "enabled": True, "created": datetime.now(UTC), "version": 1}


def _user(row: dict[str, Any]) -> User:
    return msgspec.convert({field: row[field] for field in User.__struct_fields__}, User)
