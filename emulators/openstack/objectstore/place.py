"""Where a request goes: account, container and object, as the path says them; and the records there."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import unquote

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.objectstore.records import SwiftAccount, SwiftContainer, SwiftObject
from emulators.openstack.objectstore.service import OBJECT_STORE
from emulators.world.state import WorldState

PREFIX: Final = "AUTH_"
MAX_CONTAINER_NAME: Final = 256
MAX_OBJECT_NAME: Final = 1024
NOT_FOUND: Final = "The resource could not be found."


class Place(NamedTuple):
    """A place in the store; an empty ``container`` is the account itself, an empty ``object`` the container."""

    account: str
    container: str = ""
    object: str = ""

    @property
    def project(self) -> str:
        """The project whose account it is."""
        return self.account.removeprefix(PREFIX)

    @property
    def container_path(self) -> str:
        """``account/container``."""
        return f"{self.account}/{self.container}"

    @property
    def path(self) -> str:
        """``account/container/object``."""
        return f"{self.account}/{self.container}/{self.object}"


def place_of(call: Call) -> Place:
    """The place that a request names; raises Fault 404 or 412 for one that cannot be."""
    raw = call.request.rel_url.raw_path.removeprefix(f"{OBJECT_STORE.prefix}{OBJECT_STORE.base}/")
    parts = [decoded(part) for part in raw.split("/", 2)]
    account, container, object_ = [*parts, "", ""][:3]
    if not account.startswith(PREFIX):
        raise Fault(404, NOT_FOUND)
    return checked(Place(account, container, object_))


def decoded(text: str) -> str:
    """A percent-encoded name; raises Fault 412 for what is not UTF-8."""
    try:
        name = unquote(text, errors="strict")
        name.encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise Fault(412, "Invalid UTF8 or contains NULL") from error
    if "\0" in name:
        raise Fault(412, "Invalid UTF8 or contains NULL")
    return name


def checked(place: Place) -> Place:
    """The place, unless its names are too long (Fault 400) or none (Fault 412)."""
    if len(place.container.encode()) > MAX_CONTAINER_NAME:
        raise Fault(400, f"Container name length of {len(place.container.encode())} longer than {MAX_CONTAINER_NAME}")
    if len(place.object.encode()) > MAX_OBJECT_NAME:
        raise Fault(400, f"Object name length of {len(place.object.encode())} longer than {MAX_OBJECT_NAME}")
    if place.object and not place.container:
        raise Fault(412, "Bad URL")
    return place


def account_of(state: WorldState, place: Place) -> SwiftAccount | None:
    """The account, if it has been used."""
    return state.one(SwiftAccount, "name", place.account)


def find_container(state: WorldState, place: Place) -> SwiftContainer:
    """The container; raises Fault 404."""
    found = state.one(SwiftContainer, "path", place.container_path)
    if found is None:
        raise Fault(404, NOT_FOUND)
    return found


def object_at(state: WorldState, place: Place) -> SwiftObject | None:
    """The object, whether it has expired or not."""
    return state.one(SwiftObject, "path", place.path)


def find_object(state: WorldState, place: Place, now: float) -> SwiftObject:
    """The object; raises Fault 404 for one that is not there, or that has expired by ``now`` (seconds since 1970)."""
    found = object_at(state, place)
    if found is None or expired(found, now):
        raise Fault(404, NOT_FOUND)
    return found


def expired(one: SwiftObject, now: float) -> bool:
    """Whether an object's time is over."""
    return 0 < one.delete_at <= now
