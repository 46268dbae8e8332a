"""Who somebody is: by password, by a token that they have, or by an application credential."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from dcsim.security.passwords import verify_password
from emulators.openstack.call import Call
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.identity.access_model import ApplicationCredential
from emulators.openstack.identity.face import user_named
from emulators.openstack.identity.model import Domain, User
from emulators.openstack.identity.passwords import password_of
from emulators.openstack.identity.standing import Scope
from emulators.world.state import WorldState


class Identity(msgspec.Struct, frozen=True):
    """Who somebody is.  ``scope`` is the only one that their token may have (None: they choose), ``latest`` when it ends at latest."""

    user: str
    methods: tuple[str, ...]
    parent: Credentials | None = None
    scope: Scope | None = None
    via: str = ""
    latest: datetime | None = None


def unauthenticated() -> Fault:
    """The one refusal for everything that is wrong with who somebody says they are: it gives nothing away."""
    return Fault(401, "The request you have made requires authentication.")


def missing(attribute: str, where: str) -> Fault:
    """A body without something that the method needs."""
    return Fault(
        400,
        f"Expecting to find {attribute} in {where}. The server could not comply with the request since it is either malformed or "
        "otherwise incorrect. The client is assumed to be in error.",
    )


def domain_id(state: WorldState, given: Mapping[str, Any] | None) -> str:
    """The id of a domain that is named by id or name; raises Fault 401 for an unknown one."""
    if not given:
        raise missing("domain", "user")
    if given.get("id"):
        return str(given["id"])
    found = state.one(Domain, "name", str(given.get("name", "")))
    if found is None:
        raise unauthenticated()
    return found.uid


def _user(state: WorldState, given: Mapping[str, Any], where: str) -> User | None:
    if given.get("id"):
        return state.maybe(User, given["id"])
    if not given.get("name"):
        raise missing("id or name", where)
    if not given.get("domain"):
        raise missing("domain", where)
    domain = given["domain"]
    found = state.maybe(Domain, domain["id"]) if domain.get("id") else state.one(Domain, "name", domain.get("name", ""))
    return user_named(state, given["name"], found.uid) if found is not None else None


async def by_password(call: Call, data: Mapping[str, Any]) -> Identity:
    """Name and password; somebody that is unknown is refused as slowly as a wrong password."""
    given = data.get("user")
    if given is None:
        raise missing("user", "password")
    if "password" not in given:
        raise missing("password", "user")
    user = _user(call.state, given, "user")
    stored = password_of(call.state, user.uid) if user is not None else None
    right = await verify_password(stored.hash if stored is not None else None, given["password"])
    if not right or user is None or stored is None:
        raise unauthenticated()
    if stored.expires is not None and stored.expires <= call.cloud.now():
        raise Fault(401, f"The password is expired and needs to be changed for user: {user.uid}.")
    return Identity(user.uid, ("password",))


async def by_token(call: Call, data: Mapping[str, Any]) -> Identity:
    """A token that is still valid."""
    parent = call.cloud.authenticator.authenticate(data["id"])
    if parent is None:
        raise unauthenticated()
    if parent.application_credential or parent.trust:
        raise Fault(403, "You are not authorized to perform the requested action: rescope a token of an application credential or trust.")
    return Identity(parent.user, (*parent.methods, "token"), parent)


async def by_application_credential(call: Call, data: Mapping[str, Any]) -> Identity:
    """A credential's id, or its name and user, and its secret."""
    if "secret" not in data:
        raise missing("secret", "application_credential")
    found = _application_credential(call.state, data)
    right = await verify_password(found.hash if found is not None else None, data["secret"])
    if not right or found is None or (found.expires is not None and found.expires <= call.cloud.now()):
        raise unauthenticated()
    scope = Scope("project", found.project)
    return Identity(found.user, ("application_credential",), scope=scope, via=found.uid, latest=found.expires)


def _application_credential(state: WorldState, data: Mapping[str, Any]) -> ApplicationCredential | None:
    if data.get("id"):
        return state.maybe(ApplicationCredential, data["id"])
    if not data.get("name"):
        raise missing("id or name", "application_credential")
    if not data.get("user"):
        raise missing("user", "application_credential")
    user = _user(state, data["user"], "user")
    owned = state.where(ApplicationCredential, "user", user.uid) if user is not None else []
    return next((one for one in owned if one.name == data["name"]), None)


METHODS: Final[dict[str, Callable[[Call, Mapping[str, Any]], Awaitable[Identity]]]] = {
    "password": by_password,
    "token": by_token,
    "application_credential": by_application_credential,
}


async def identify(call: Call, identity: Mapping[str, Any]) -> Identity:
    """Who it is that the body speaks of; raises Fault 400 or 401."""
    found: Identity | None = None
    for name in dict.fromkeys(identity["methods"]):
        method = METHODS.get(name)
        if method is None:
            raise Fault(401, "Attempted to authenticate with an unsupported method.")
        if name not in identity:
            raise missing(name, "identity")
        one = await method(call, identity[name])
        if found is not None and found.user != one.user:
            raise unauthenticated()
        found = msgspec.structs.replace(one, methods=(*found.methods, *one.methods)) if found is not None else one
    if found is None:
        raise unauthenticated()
    return found
