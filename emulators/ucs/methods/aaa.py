"""Logging in and out, staying logged in, and letting others in by token."""

from __future__ import annotations

from dcsim.security.passwords import hash_password
from emulators.ucs.call import Answer, Call
from emulators.ucs.config.accounts import ChangePassword, weakness_of
from emulators.ucs.methods.registry import method
from emulators.ucs.refusals import Refusal, denied, login_failed
from emulators.ucs.schema.validation import check_value
from emulators.ucs.sessions import REFRESH_SECONDS, Session

_MOST_TOKENS = 32


def _opened(session: Session) -> dict[str, str]:
    """What login, refresh and their token forms answer."""
    return {
        "outCookie": session.cookie,
        "outRefreshPeriod": str(REFRESH_SECONDS),
        "outPriv": ",".join(sorted(session.privileges)),
        "outDomains": "org-root",
        "outChannel": "noencssl",
        "outEvtChannel": "noencssl",
    }


async def _is_right(call: Call) -> bool:
    return await call.domain.users.knows(call.request.get("inName"), call.request.get("inPassword"))


def _open(call: Call, user: str) -> Session:
    return call.domain.sessions.open(user, call.client.address, call.domain.users.privileges(user))


@method("aaaLogin", open_to_all=True, quality="client")
async def login(call: Call) -> Answer:
    """A session for a user with a password.  Refuses with 551 and 572."""
    user = call.request.get("inName")
    if not await _is_right(call):
        raise login_failed()
    session = _open(call, user)
    return Answer({**_opened(session), "outSessionId": session.id, "outVersion": call.schema.version, "outName": user})


@method("aaaRefresh", open_to_all=True, quality="client")
async def refresh(call: Call) -> Answer:
    """A new cookie for a session, whose old one is void.  Refuses with 551 and 555."""
    if not await _is_right(call):
        raise login_failed()
    user = call.request.get("inName")
    return Answer({**_opened(call.domain.sessions.refresh(call.request.get("inCookie"), user)), "outName": user})


@method("aaaKeepAlive", quality="client")
async def keep_alive(call: Call) -> Answer:
    """The session counts as used.  Refuses with 552."""
    call.domain.sessions.get(call.session.cookie)
    return Answer()


@method("aaaLogout", open_to_all=True, quality="client")
async def logout(call: Call) -> Answer:
    """End the session of ``inCookie``.  Refuses with 555."""
    call.domain.sessions.end(call.request.get("inCookie"))
    return Answer({"outStatus": "success"})


@method("aaaChangeSelfPassword", quality="client")
async def change_own_password(call: Call) -> Answer:
    """The caller's own password is another from the next login on.  Refuses with 551, 160, and 100 for a weak one."""
    user, new = call.request.get("inUserName") or call.session.user, call.request.required("inNewPassword")
    if user != call.session.user:
        raise denied("Only one's own password can be changed so")
    if not await call.domain.users.knows(user, call.request.get("inOldPassword")):
        raise login_failed()
    if call.request.get("inConfirmNewPassword") != new:
        raise Refusal(100, "The new password and its confirmation differ")
    meta = call.schema.get("aaaUser")
    check_value(meta, meta.props["pwd"], new)
    weakness = weakness_of(user, new)
    if weakness:
        raise Refusal(100, f"Password strength check: {weakness}")
    await call.execute(ChangePassword(domain=call.domain.uid, user=user, sealed=await hash_password(new)))
    return Answer({"outStatus": "success"})


@method("aaaGetAuthTokenClient", open_to_all=True, quality="client")
async def token_for_client(call: Call) -> Answer:
    """A token with which another program can log in as the same user, once; the session is that of ``inCookie``.  Refuses with 552."""
    session = call.domain.sessions.get(call.request.get("inCookie") or call.request.cookie)
    return Answer({"outUser": session.user, "outTokens": call.domain.sessions.issue_token(session)})


@method("aaaGetNComputeAuthTokenByDn", quality="client")
async def tokens_for_server(call: Call) -> Answer:
    """Tokens for a server's console: as many as ``inNumberOf`` says."""
    wanted = call.request.get("inNumberOf", "1")
    if not wanted.isdigit() or not 1 <= int(wanted) <= _MOST_TOKENS:
        raise Refusal(100, f"inNumberOf must be 1 to {_MOST_TOKENS}, not {wanted[:20]}")
    if call.tree.find(call.request.get("inDn")) is None:
        raise Refusal(102, f"no such server: {call.request.get('inDn')[:256]}")
    tokens = [call.domain.sessions.issue_token(call.session) for _ in range(int(wanted))]
    return Answer({"outUser": call.session.user, "outTokens": ",".join(tokens)})


@method("aaaCheckComputeAuthToken", open_to_all=True, quality="client")
async def check_token(call: Call) -> Answer:
    """Whether a user's token is good, which uses it up."""
    user = call.request.get("inUser")
    allowed = call.domain.sessions.redeem(call.request.get("inToken"), user)
    allows = ",".join(sorted(call.domain.users.privileges(user)))
    told = {"outAuthUser": user, "outLocales": "", "outPriv": allows, "outAuthDomain": "", "outRemote": "no"} if allowed else {}
    return Answer({"outAllow": "yes" if allowed else "no", **told})


@method("aaaTokenLogin", open_to_all=True, quality="client")
async def token_login(call: Call) -> Answer:
    """A session for a token.  Refuses with 551 and 572."""
    user = call.request.get("inName")
    if not call.domain.sessions.redeem(call.request.get("inToken"), user):
        raise login_failed()
    session = _open(call, user)
    return Answer({**_opened(session), "outSessionId": session.id, "outVersion": call.schema.version, "outUser": user})


@method("aaaTokenRefresh", open_to_all=True, quality="client")
async def token_refresh(call: Call) -> Answer:
    """A new cookie for a session that a token opened.  Refuses with 555."""
    user = call.request.get("inName")
    return Answer(_opened(call.domain.sessions.refresh(call.request.get("inCookie"), user)))
