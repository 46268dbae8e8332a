"""Events that the world has no part in: clients coming and going, and what clients post themselves.  They are journaled like all others."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec
from pyVmomi import vim

from emulators.vsphere.events.telling import Told, tells
from emulators.vsphere.properties.view import View
from emulators.world.commands import Command, decides
from emulators.world.decide import Decision
from emulators.world.events import declare
from emulators.world.model import Entity

EVENT_POSTED = declare("dcsim.vendor.event.posted", "A client of vSphere logged an event of its own")
SESSION_OPENED = declare("dcsim.vendor.session.opened", "A client logged in to vSphere")
SESSION_CLOSED = declare("dcsim.vendor.session.closed", "A client logged out of vSphere")
LOGIN_REFUSED = declare("dcsim.vendor.session.refused", "Somebody tried to log in to vSphere with wrong credentials")
event: Final = vim.event


class PostEvent(Command, frozen=True, kw_only=True, tag="vsphere.post_event"):
    """Log an event about an entity (``subject``: its uid, or empty).

    ``sort`` is GeneralUserEvent, GeneralEvent or EventEx; the last has ``event_type`` and ``severity``.
    """

    message: str
    subject: str = ""
    sort: str = "GeneralUserEvent"
    event_type: str = ""
    severity: str = ""


class NoteLogin(Command, frozen=True, kw_only=True, tag="vsphere.note_login"):
    """A client logged in; the actor is the user."""

    session: str
    address: str
    agent: str = ""
    locale: str = "en"


class NoteLogout(Command, frozen=True, kw_only=True, tag="vsphere.note_logout"):
    """A client logged out, or its session was ended."""

    session: str
    address: str
    agent: str = ""
    calls: int = 0
    login_time: str = ""


class NoteBadLogin(Command, frozen=True, kw_only=True, tag="vsphere.note_bad_login"):
    """Wrong credentials came from an address."""

    user: str
    address: str


@decides(PostEvent)
def post(decision: Decision, command: PostEvent) -> None:
    """It is on record."""
    decision.emit(EVENT_POSTED, command.subject, detail=_detail(command, "subject"))


@decides(NoteLogin)
def note_login(decision: Decision, command: NoteLogin) -> None:
    """It is on record."""
    decision.emit(SESSION_OPENED, "", detail=_detail(command))


@decides(NoteLogout)
def note_logout(decision: Decision, command: NoteLogout) -> None:
    """It is on record."""
    decision.emit(SESSION_CLOSED, "", detail=_detail(command))


@decides(NoteBadLogin)
def note_bad_login(decision: Decision, command: NoteBadLogin) -> None:
    """It is on record."""
    decision.emit(LOGIN_REFUSED, "", detail=_detail(command))


def _detail(command: Command, *but: str) -> dict[str, str]:
    return {name: str(value) for name, value in msgspec.structs.asdict(command).items() if value != "" and name not in but}


@tells(EVENT_POSTED)
def posted(told: Told, view: View) -> Any:
    """What a client logged."""
    detail, subject = told.detail, view.state.find(told.record.event.subject)
    if detail.get("sort") == "EventEx":
        return _extended(view, detail, subject)
    if detail.get("sort") == "GeneralEvent":
        return event.GeneralEvent(message=detail["message"])
    return event.GeneralUserEvent(message=detail["message"], entity=_entity_argument(view, subject))


def _extended(view: View, detail: dict[str, str], subject: Entity | None) -> Any:
    made = event.EventEx(eventTypeId=detail.get("event_type", ""), severity=detail.get("severity") or None, message=detail["message"])
    reference = view.maybe_ref(subject) if subject is not None else None
    if subject is not None and reference is not None:
        made.objectId, made.objectType, made.objectName = reference._moId, type(reference), subject.name
    return made


def _entity_argument(view: View, entity: Entity | None) -> Any:
    reference = view.maybe_ref(entity) if entity is not None else None
    if entity is None or reference is None:
        return None
    return event.ManagedEntityEventArgument(name=entity.name, entity=reference)


@tells(SESSION_OPENED)
def opened(told: Told, _: View) -> Any:
    """A user logged in."""
    detail = told.detail
    return event.UserLoginSessionEvent(
        ipAddress=detail["address"], userAgent=detail.get("agent"), locale=detail.get("locale", "en"), sessionId=detail["session"]
    )


@tells(SESSION_CLOSED)
def closed(told: Told, _: View) -> Any:
    """A user logged out."""
    detail = told.detail
    login = datetime.fromisoformat(detail["login_time"]) if "login_time" in detail else None
    return event.UserLogoutSessionEvent(
        ipAddress=detail["address"],
        userAgent=detail.get("agent"),
        callCount=int(detail.get("calls", 0)),
        sessionId=detail["session"],
        loginTime=login,
    )


@tells(LOGIN_REFUSED)
def refused(told: Told, _: View) -> Any:
    """Somebody could not log in."""
    return event.BadUsernameSessionEvent(ipAddress=told.detail["address"], userName=told.detail.get("user", ""))
