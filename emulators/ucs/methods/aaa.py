"""Logging in and out."""

from __future__ import annotations

from emulators.ucs.call import Answer, Call
from emulators.ucs.methods.registry import method
from emulators.ucs.refusals import login_failed
from emulators.ucs.sessions import PRIVILEGES, REFRESH_SECONDS, Session


def _opened(call: Call, session: Session) -> dict[str, str]:
    """What login, refresh and their token forms answer."""
    return {
        "outCookie": session.cookie,
        "outRefreshPeriod": str(REFRESH_SECONDS),
        "outPriv": PRIVILEGES,
        "outDomains": "",
        "outChannel": "noencssl",
        "outEvtChannel": "noencssl",
    }


@method("aaaLogin", open_to_all=True)
async def login(call: Call) -> Answer:
    """A session for a user with a password.  Refuses with 551 and 572."""
    user = call.request.get("inName")
    if not call.domain.knows(user, call.request.get("inPassword")):
        raise login_failed()
    session = call.domain.sessions.open(user, call.client.address)
    return Answer({**_opened(call, session), "outSessionId": session.id, "outVersion": call.schema.version, "outName": user})


@method("aaaLogout", open_to_all=True)
async def logout(call: Call) -> Answer:
    """End the session of ``inCookie``.  Refuses with 555."""
    session = call.domain.sessions.end(call.request.required("inCookie"))
    call.domain.events.unsubscribe(session)
    return Answer({"outStatus": "success"})
