"""Who comes and goes, put on record.  A journal that cannot be written keeps nobody out."""

from __future__ import annotations

import structlog

from dcsim.errors import OperationalError
from dcsim.events import Actor
from emulators.vsphere.call import Call
from emulators.vsphere.events.posted import NoteBadLogin, NoteLogin, NoteLogout
from emulators.vsphere.sessions import Session
from emulators.world.commands import Command

log = structlog.get_logger(__name__)
_LONGEST_NAME = 256


async def arrived(call: Call, session: Session) -> None:
    """A session was opened."""
    origin = session.origin
    note = NoteLogin(session=session.key, address=origin.address or "127.0.0.1", agent=origin.agent, locale=session.locale)
    await _note(call, note, session.principal)


async def left(call: Call, session: Session) -> None:
    """A session was ended."""
    origin = session.origin
    note = NoteLogout(
        session=session.key,
        address=origin.address or "127.0.0.1",
        agent=origin.agent,
        calls=session.calls,
        login_time=session.login_time.isoformat(),
    )
    await _note(call, note, session.principal)


async def turned_away(call: Call, user: str) -> None:
    """Somebody gave a wrong name or password."""
    await _note(call, NoteBadLogin(user=user[:_LONGEST_NAME], address=call.context.client.address or "127.0.0.1"), "")


async def _note(call: Call, command: Command, principal: str) -> None:
    actor = Actor(principal=principal, agent=call.context.client.agent, api="vsphere", operation=call.method.wire_name)
    try:
        await call.world.execute(command, actor)
    except OperationalError as error:
        log.warning("session not on record", method=call.method.wire_name, reason=error.message)
