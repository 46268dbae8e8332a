"""SessionManager: login, logout and who is there."""

from __future__ import annotations

import re
from typing import Any, Final

import structlog
from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.events import visits
from emulators.vsphere.objects import Singleton
from emulators.vsphere.properties.table import prop
from emulators.vsphere.properties.view import View
from emulators.vsphere.sessions import SESSIONS_KEY, Origin, Session
from emulators.vsphere.soap import faults
from emulators.vsphere.soap.faults import VimFault

log = structlog.get_logger(__name__)

LOCALES: Final = ("en", "de", "fr", "ja", "ko", "zh_CN", "zh_TW")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z]{2,8})*\Z")


def user_session(session: Session) -> vim.UserSession:
    """A session as others see it."""
    return vim.UserSession(
        key=session.key,
        userName=session.principal,
        fullName=session.account.full_name,
        loginTime=session.login_time,
        lastActiveTime=session.last_active,
        locale=session.locale,
        messageLocale=session.locale,
        extensionSession=False,
        ipAddress=session.origin.address or "127.0.0.1",
        userAgent=session.origin.agent,
        callCount=session.calls,
    )


@prop(vim.SessionManager, "currentSession")
def current_session(view: View, _manager: Singleton) -> vim.UserSession | None:
    """The session that asks; unset outside of one."""
    view.volatile(0)
    return None if view.anonymous else user_session(view.session)


@prop(vim.SessionManager, "sessionList")
def session_list(view: View, _manager: Singleton) -> list[Any]:
    """Every session."""
    view.volatile(0)
    view.depends(SESSIONS_KEY)
    return [user_session(session) for session in view.session.peers()]


@prop(vim.SessionManager, "message")
def message(_view: View, _manager: Singleton) -> str:
    """The message of the day."""
    return ""


@prop(vim.SessionManager, "messageLocaleList")
def message_locales(_view: View, _manager: Singleton) -> list[str]:
    """Locales of messages."""
    return list(LOCALES)


@prop(vim.SessionManager, "supportedLocaleList")
def supported_locales(_view: View, _manager: Singleton) -> list[str]:
    """Locales of sessions."""
    return list(LOCALES)


@prop(vim.SessionManager, "defaultLocale")
def default_locale(_view: View, _manager: Singleton) -> str:
    """The locale of who names none."""
    return "en"


def invalid_login() -> VimFault:
    """The fault of a wrong name or password; it doesn't say which."""
    return VimFault(vim.fault.InvalidLogin())


def checked_locale(locale: str | None) -> str:
    """A locale in its place; VimFault InvalidLocale when it is none at all."""
    if not locale:
        return "en"
    if not _LOCALE.match(locale):
        raise VimFault(vim.fault.InvalidLocale())
    return locale


@method(vim.SessionManager, "Login", quality="client")
async def login(call: Call) -> vim.UserSession:
    """Open a session.  Faults: InvalidLogin, InvalidLocale; InvalidState when the connection is in a session already."""
    if call.current_session is not None:
        raise VimFault(vim.fault.InvalidLogin(), "The session is already logged in.")
    locale = checked_locale(call.args.locale)
    client = call.context.client
    account = await call.services.accounts.check(call.args.userName, call.args.password)
    if account is None:
        log.info("login refused", user=faults.echo(call.args.userName), address=client.address)
        await visits.turned_away(call, call.args.userName)
        raise invalid_login()
    session = call.services.sessions.open(account, Origin(client.address, client.agent, locale))
    await visits.arrived(call, session)
    call.enter(session)
    return user_session(session)


@method(vim.SessionManager, "Logout", quality="client")
async def logout(call: Call) -> None:
    """End the session; its views, filters and waits end with it."""
    session = call.session
    call.services.sessions.end(session)
    call.enter(None)
    await visits.left(call, session)


@method(vim.SessionManager, "SessionIsActive", quality="client")
async def session_is_active(call: Call) -> bool:
    """Whether a session of that key and user exists."""
    session = call.services.sessions.by_key(call.args.sessionID)
    return session is not None and session.principal.lower() == call.args.userName.lower()


@method(vim.SessionManager, "TerminateSession", quality="client")
async def terminate_session(call: Call) -> None:
    """End sessions of others.  Faults: NotFound for an unknown key; InvalidArgument for one's own."""
    found = [call.services.sessions.by_key(key) for key in call.args.sessionId]
    if None in found:
        raise VimFault(vim.fault.NotFound(), "The object or item referred to could not be found.")
    if call.session in found:
        raise faults.invalid_argument("sessionId")
    for session in found:
        if session is not None:
            call.services.sessions.end(session)
            await visits.left(call, session)


@method(vim.SessionManager, "SetLocale", quality="faults")
async def set_locale(call: Call) -> None:
    """Set the session's locale.  Faults: InvalidLocale."""
    call.session.locale = checked_locale(call.args.locale)
    call.services.properties.touch([SESSIONS_KEY])


@method(vim.SessionManager, "AcquireCloneTicket", quality="faults")
async def acquire_clone_ticket(call: Call) -> str:
    """A ticket that opens one more session of the same user, once and within half a minute."""
    return call.services.sessions.issue_ticket(call.session)


@method(vim.SessionManager, "CloneSession", quality="faults")
async def clone_session(call: Call) -> vim.UserSession:
    """Open a session with a ticket.  Faults: InvalidLogin when it is used up, too old or wrong."""
    original = call.services.sessions.redeem_ticket(call.args.cloneTicket)
    if original is None:
        raise invalid_login()
    client = call.context.client
    session = call.services.sessions.open(original.account, Origin(client.address, client.agent, original.locale))
    await visits.arrived(call, session)
    call.enter(session)
    return user_session(session)


@method(vim.SessionManager, "ImpersonateUser", quality="faults")
async def impersonate_user(call: Call) -> vim.UserSession:
    """Go on as another user.  Faults: InvalidLogin for a user that is not there, InvalidLocale."""
    locale = checked_locale(call.args.locale)
    account = call.services.accounts.find(call.args.userName)
    if account is None:
        raise invalid_login()
    client = call.context.client
    session = call.services.sessions.open(account, Origin(client.address, client.agent, locale))
    call.services.sessions.end(call.session)
    call.enter(session)
    return user_session(session)


@method(vim.SessionManager, "LoginByToken", quality="faults")
async def login_by_token(_call: Call) -> vim.UserSession:
    """Log in with a SAML token.  No token service is announced, so that no token can be valid.  Faults: InvalidLogin."""
    raise invalid_login()
