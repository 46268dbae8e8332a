"""What the accounts' API shows and takes.  Times are the wall's, UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from graph.auth.roles import Role

Kind = Literal["person", "service"]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9._-]{0,63}$", description="Lower-case letters, digits, dots, dashes.")]
Password = Annotated[str, msgspec.Meta(min_length=12, max_length=256)]
Title = Annotated[str, msgspec.Meta(max_length=200, pattern="^[^\\x00]*$")]
Days = Annotated[int, msgspec.Meta(ge=1, le=366)]


class User(msgspec.Struct, frozen=True, kw_only=True):
    """An account: of a person, who logs in, or of a program (``service``), which has API tokens only."""

    name: str
    kind: Kind
    role: Role
    full_name: str
    enabled: bool
    created: datetime
    version: int


class Users(msgspec.Struct, frozen=True):
    """A page of accounts by name; ``next`` is the cursor of the next page."""

    items: tuple[User, ...]
    next: str | None = None


class NewUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account to make.  A person without a password gets one, which is shown this once."""

    name: Name
    role: Role
    kind: Kind = "person"
    full_name: Title = ""
    password: Password | None = None


class MadeUser(msgspec.Struct, frozen=True):
    """The account, and its password when it was made here."""

    user: User
    password: str | None = None


class UserChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of an account; a password set by an administrator ends its sessions."""

    role: Role | None = None
    full_name: Title | None = None
    enabled: bool | None = None
    password: Password | None = None


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name and its password."""

    username: Annotated[str, msgspec.Meta(max_length=64)]
    password: Annotated[str, msgspec.Meta(max_length=256)]


class Refresh(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A refresh token: good once."""

    refresh_token: Annotated[str, msgspec.Meta(max_length=200)]


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """What a login gives; seconds are those until each token expires."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the word of RFC 6750
    expires_in: int
    refresh_token: str
    refresh_expires_in: int
    scope: str


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's own new password; all other sessions end."""

    current: Annotated[str, msgspec.Meta(max_length=256)]
    new: Password


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who the bearer of the token is, for how long, and what they may do; ``user`` is none for tokens of ``dcsim token issue``."""

    subject: str
    scopes: tuple[str, ...]
    expires: datetime
    user: User | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One login that goes on."""

    id: str
    user: str
    created: datetime
    used: datetime
    expires: datetime
    address: str
    agent: str


class Sessions(msgspec.Struct, frozen=True):
    """The sessions of an account."""

    items: tuple[Session, ...]


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token for programs; its secret is not kept."""

    id: str
    user: str
    title: str
    scopes: tuple[str, ...]
    created: datetime
    creator: str
    expires: datetime
    used: datetime | None = None


class ApiTokens(msgspec.Struct, frozen=True):
    """The API tokens of an account that can still be used."""

    items: tuple[ApiToken, ...]


class NewApiToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to make: with all scopes of its account unless some are named.  ``user``: for another account (administrators)."""

    title: Title
    scopes: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=40)], ...], msgspec.Meta(max_length=40)] = ()
    days: Days = 90
    user: Name | None = None


class MadeApiToken(msgspec.Struct, frozen=True):
    """The token, and its secret, which is shown this once."""

    token: ApiToken
    secret: str


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody did, or was refused (``status`` is HTTP's)."""

    id: int = 0
    time: datetime
    principal: str
    action: str
    target: str = ""
    status: int = 200
    address: str = ""
    agent: str = ""
    request_id: str = ""
    detail: str = ""


class AuditPage(msgspec.Struct, frozen=True):
    """Entries, the newest first; ``next`` is the cursor of older ones."""

    items: tuple[AuditEntry, ...]
    next: str | None = None


class RoleView(msgspec.Struct, frozen=True):
    """A role, and what it may do."""

    name: Role
    scopes: tuple[str, ...]


class RoleViews(msgspec.Struct, frozen=True):
    """All roles, from the one that may least."""

    items: tuple[RoleView, ...]
