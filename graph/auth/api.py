"""``/auth``: logging in, one's own account and tokens, and for administrators those of others and the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from dcsim.errors import InvalidState, NotFound, PermissionDenied, Unauthenticated
from dcsim.http.routes import IF_MATCH, Reply, Request, Routes
from dcsim.security.tokens import Claims
from graph.auth import model
from graph.auth.api_tokens import ApiTokens
from graph.auth.audit import Audit
from graph.auth.door import Door
from graph.auth.origin import Origin
from graph.auth.roles import ROLES
from graph.auth.sessions import Logins
from graph.auth.users import Accounts

routes: Final = Routes(api="gateway", title="dc-sim accounts", document="/auth/openapi.json")
Limit = Annotated[int, msgspec.Meta(ge=1, le=200)]


@dataclass(frozen=True, slots=True)
class AuthContext:
    """What the routes work with."""

    accounts: Accounts
    logins: Logins
    api_tokens: ApiTokens
    audit: Audit
    door: Door


Call = Request[AuthContext]


class Page(msgspec.Struct, frozen=True):
    """Which page of a list."""

    cursor: Annotated[str, msgspec.Meta(max_length=64)] = ""
    limit: Limit = 100


class AuditQuery(msgspec.Struct, frozen=True):
    """Which entries: of whom, and which actions (``auth.``: all that begin so)."""

    cursor: Annotated[str, msgspec.Meta(pattern="^[0-9]{0,18}$")] = ""
    limit: Limit = 100
    principal: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    action: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class Whose(msgspec.Struct, frozen=True):
    """Whose; one's own when nobody is named."""

    user: Annotated[str, msgspec.Meta(max_length=64)] | None = None


def origin(request: Call) -> Origin:
    """Who asks from where."""
    actor = request.actor
    return Origin(actor.principal, request.address, actor.agent, actor.request_id)


def claims(request: Call) -> Claims:
    """Who asks; routes behind the door always know."""
    if request.claims is None:
        raise Unauthenticated("A bearer token is needed.")
    return request.claims


def administrator(request: Call) -> Claims:
    """Who asks, an administrator.  Raises PermissionDenied."""
    asking = claims(request)
    if not asking.allows("admin"):
        raise PermissionDenied("Only administrators may do that.", privilege="admin")
    return asking


def in_person(request: Call) -> Claims:
    """Who asks, logged in with a password: API tokens cannot make themselves stay.  Raises PermissionDenied."""
    asking = claims(request)
    if asking.session.startswith("t_"):
        raise PermissionDenied("An API token cannot do that; log in.", privilege="login")
    return asking


def whose(request: Call, user: str | None) -> str:
    """The account that is meant, one's own or, for administrators, any."""
    asking = claims(request)
    if user is not None and user != asking.subject:
        administrator(request)
    return user or asking.subject


# -- logging in ----------------------------------------------------------------------------------------------------------------


@routes.post("/auth/login", "Log in", body=model.Login, returns=model.Pair, status=200)
async def login(request: Call) -> model.Pair:
    """An access token for ten minutes, and a refresh token."""
    return await request.context.logins.login(request.body.username, request.body.password, origin(request))


@routes.post("/auth/refresh", "The next tokens of a session", body=model.Refresh, returns=model.Pair, status=200)
async def refresh(request: Call) -> model.Pair:
    """A refresh token is good once; one that comes again ends its session."""
    try:
        return await request.context.logins.refresh(request.body.refresh_token, origin(request))
    except Unauthenticated:
        request.context.door.forget()  # the session may have been ended just now
        raise


@routes.post("/auth/logout", "End the session", status=204)
async def logout(request: Call) -> None:
    """The session of the token that is sent."""
    asking = claims(request)
    if not asking.session.startswith("s_"):
        raise InvalidState("This token belongs to no session: revoke API tokens under /auth/tokens; others end by themselves.")
    await request.context.logins.end(asking.session, origin(request))
    request.context.door.forget()


@routes.get("/auth/me", "Who the bearer is", returns=model.Me)
async def me(request: Call) -> model.Me:
    """The account and the scopes of the token that is sent."""
    asking = claims(request)
    try:
        user = await request.context.accounts.get(asking.subject) if asking.session else None
    except NotFound:
        user = None
    return model.Me(subject=asking.subject, scopes=tuple(sorted(asking.scopes)), expires=asking.expires, user=user)


@routes.post("/auth/password", "Change one's own password", body=model.NewPassword, status=204)
async def password(request: Call) -> None:
    """All other sessions of the account end."""
    asking = in_person(request)
    where = origin(request)
    await request.context.logins.checked(asking.subject, request.body.current, where)
    await request.context.accounts.set_password(asking.subject, request.body.new, asking.session, where)
    request.context.door.forget()


@routes.get("/auth/sessions", "Sessions that go on", returns=model.Sessions, query=Whose)
async def sessions(request: Call) -> model.Sessions:
    """One's own; administrators may ask for another user's."""
    return model.Sessions(await request.context.logins.of(whose(request, request.query.user)))


@routes.delete("/auth/sessions/{id}", "End a session")
async def end_session(request: Call) -> None:
    """One's own; administrators may end any."""
    asking = claims(request)
    own = None if asking.allows("admin") else asking.subject
    await request.context.logins.end(request.path["id"], origin(request), user=own)
    request.context.door.forget()


# -- accounts ------------------------------------------------------------------------------------------------------------------


@routes.get("/auth/roles", "Roles and their scopes", returns=model.RoleViews)
async def roles(_: Call) -> model.RoleViews:
    """Every role may do what the one before it may."""
    return model.RoleViews(tuple(model.RoleView(name, scopes) for name, scopes in ROLES.items()))


@routes.get("/auth/users", "Accounts", returns=model.Users, query=Page)
async def users(request: Call) -> model.Users:
    """By name; for administrators."""
    administrator(request)
    return await request.context.accounts.page(after=request.query.cursor, limit=request.query.limit)


@routes.post("/auth/users", "Make an account", body=model.NewUser, returns=model.MadeUser)
async def create_user(request: Call) -> Reply:
    """Of a person, or of a program."""
    administrator(request)
    made = await request.context.accounts.create(request.body, origin(request))
    return Reply(made, 201, {"Location": f"/auth/users/{made.user.name}"}, made.user.version)


@routes.get("/auth/users/{name}", "One account", returns=model.User)
async def user(request: Call) -> Reply:
    """One's own, or for administrators any."""
    found = await request.context.accounts.get(whose(request, request.path["name"]))
    return Reply(found, version=found.version)


@routes.patch("/auth/users/{name}", "Change an account", body=model.UserChange, returns=model.User, headers=(IF_MATCH,))
async def change_user(request: Call) -> Reply:
    """Role, name, whether it can be used, password; for administrators.  Its sessions feel it at once."""
    administrator(request)
    version = request.expected_version()
    changed = await request.context.accounts.change(request.path["name"], request.body, origin(request), version=version)
    request.context.door.forget()
    return Reply(changed, version=changed.version)


@routes.delete("/auth/users/{name}", "Remove an account", headers=(IF_MATCH,))
async def delete_user(request: Call) -> None:
    """With its sessions and tokens; for administrators."""
    administrator(request)
    await request.context.accounts.delete(request.path["name"], origin(request), version=request.expected_version())
    request.context.door.forget()


# -- API tokens, audit ---------------------------------------------------------------------------------------------------------


@routes.get("/auth/tokens", "API tokens", returns=model.ApiTokens, query=Whose)
async def tokens(request: Call) -> model.ApiTokens:
    """One's own; administrators may ask for another account's."""
    return model.ApiTokens(await request.context.api_tokens.of(whose(request, request.query.user)))


@routes.post("/auth/tokens", "Make an API token", body=model.NewApiToken, returns=model.MadeApiToken)
async def create_token(request: Call) -> model.MadeApiToken:
    """Its secret is shown this once."""
    asking = in_person(request)
    owner = whose(request, request.body.user)
    return await request.context.api_tokens.create(request.body, owner, asking.scopes, origin(request))


@routes.delete("/auth/tokens/{id}", "Revoke an API token")
async def revoke_token(request: Call) -> None:
    """One's own; administrators may revoke any."""
    asking = claims(request)
    own = None if asking.allows("admin") else asking.subject
    await request.context.api_tokens.revoke(request.path["id"], origin(request), user=own)
    request.context.door.forget()


@routes.get("/auth/audit", "Logins and writes", returns=model.AuditPage, query=AuditQuery)
async def audit(request: Call) -> model.AuditPage:
    """The newest first; for administrators."""
    administrator(request)
    asked = request.query
    before = int(asked.cursor) if asked.cursor else None
    return await request.context.audit.page(before=before, limit=asked.limit, principal=asked.principal, action=asked.action)
