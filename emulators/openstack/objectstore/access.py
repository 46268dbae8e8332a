"""Who may do what: the account's own project, resellers, container ACLs, and temporary URLs.

Source: Swift's keystoneauth, acl and tempurl middleware pages.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Final

from emulators.openstack.call import Call
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore.place import Place, account_of
from emulators.openstack.objectstore.records import SwiftContainer
from emulators.openstack.objectstore.service import OBJECT_STORE
from emulators.world.state import WorldState

RESELLER: Final = "ResellerAdmin"
OPERATORS: Final = frozenset({"admin", "member", "swiftoperator", RESELLER})
READS: Final = frozenset({"GET", "HEAD"})
_DIGESTS: Final = {40: "sha1", 64: "sha256", 128: "sha512"}
_ALLOWED: Final = {"HEAD": ("HEAD", "GET", "PUT", "POST"), "GET": ("GET",), "PUT": ("PUT",), "POST": ("POST",), "DELETE": ("DELETE",)}


def is_reseller(call: Call) -> bool:
    """Whether the caller may do anything in any account."""
    return call.known is not None and RESELLER in call.known.roles


def require_access(call: Call, place: Place) -> None:
    """Raise Fault 401 or 403 unless the caller may make this request."""
    if "temp_url_sig" in call.query or "temp_url_expires" in call.query:
        _require_signature(call, place)
        return
    if not _is_allowed(call, place):
        if call.known is None:
            raise Fault(401, "This server could not verify that you are authorized to access the document you requested.")
        raise Fault(403, "Access was denied to this resource.")


def _is_allowed(call: Call, place: Place) -> bool:
    credentials, method = call.known, call.request.method
    if credentials is not None:
        if is_reseller(call):
            return True
        if credentials.project == place.project:
            if credentials.roles & OPERATORS:
                return True
            if method in READS and "reader" in credentials.roles:
                return True
    if not place.container:
        return False
    return _acl_allows(call.state, place, credentials, method)


def _acl_allows(state: WorldState, place: Place, credentials: Credentials | None, method: str) -> bool:
    container = state.one(SwiftContainer, "path", place.container_path)
    if container is None or (not place.object and method not in READS):
        return False
    acl = container.read_acl if method in READS else container.write_acl
    entries = [entry.strip() for entry in acl.split(",") if entry.strip()]
    if method in READS and any(entry.replace(" ", "") in {".r:*", ".referrer:*"} for entry in entries):
        return bool(place.object) or ".rlistings" in entries
    return credentials is not None and any(_names(entry, credentials) for entry in entries)


def _names(entry: str, credentials: Credentials) -> bool:
    """Whether an ACL's entry means somebody: ``project:user`` by id or name, ``*`` for any, or a role."""
    if ":" not in entry:
        return entry in credentials.roles
    project, _, user = entry.partition(":")
    projects, users = {"*", credentials.project, credentials.project_name}, {"*", credentials.user, credentials.user_name}
    return project in projects and user in users


# -- temporary URLs -----------------------------------------------------------------------------------------------------------


def _require_signature(call: Call, place: Place) -> None:
    """Raise Fault 401 unless the signature is right and in time; objects only."""
    refusal = Fault(401, "Temp URL invalid")
    signature, expires = call.first("temp_url_sig").lower(), _expires(call.first("temp_url_expires"))
    digest = _DIGESTS.get(len(signature))
    if not place.object or digest is None or expires <= call.cloud.now().timestamp():
        raise refusal
    paths = _signed_paths(call, place)
    if not paths:
        raise refusal
    for method in _ALLOWED.get(call.request.method, ()):
        for path in paths:
            text = f"{method}\n{expires}\n{path}".encode()
            for key in _keys(call.state, place):
                if hmac.compare_digest(hmac.new(key.encode(), text, getattr(hashlib, digest)).hexdigest(), signature):
                    return
    raise refusal


def _signed_paths(call: Call, place: Place) -> set[str]:
    """What may have been signed: the object's path, or the path of the prefix that covers it; none when it does not."""
    path = call.request.rel_url.path
    if "temp_url_prefix" in call.query:
        prefix = call.first("temp_url_prefix")
        if not place.object.startswith(prefix):
            return set()
        path = f"{path[: len(path) - len(place.object)]}{prefix}"
    marker = "prefix:" if "temp_url_prefix" in call.query else ""
    return {f"{marker}{path}", f"{marker}{path.removeprefix(OBJECT_STORE.prefix)}"}


def _expires(text: str) -> int:
    """Seconds since 1970, given as such or as a time; 0 for neither."""
    if text.isascii() and text.isdigit() and len(text) <= 18:  # noqa: PLR2004 - the digits of a 64-bit number
        return int(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def _keys(state: WorldState, place: Place) -> list[str]:
    account, container = account_of(state, place), state.one(SwiftContainer, "path", place.container_path)
    found = [one.metadata.get(name, "") for one in (account, container) if one is not None for name in ("temp-url-key", "temp-url-key-2")]
    return [key for key in found if key]
