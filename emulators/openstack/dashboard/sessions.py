"""Who is logged in to the dashboard: cookies, in memory; a restart logs everybody out, as Horizon's cache does.

Forms carry the token of a cookie (``csrftoken``), as Django has it: another site can send the one but does not know the other.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from aiohttp import web

from emulators.openstack.call import Call
from emulators.openstack.credentials import Credentials

SESSION: Final = "sessionid"
CSRF: Final = "csrftoken"
FIELD: Final = "csrfmiddlewaretoken"
_MOST: Final = 1000


class Sessions:
    """Keystone tokens by session id; ``call.cloud.part(Sessions)`` is the one of the cloud."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def begin(self, token: str) -> str:
        """A new session; the oldest ends when there are too many."""
        if len(self._tokens) >= _MOST:
            del self._tokens[next(iter(self._tokens))]
        session = secrets.token_urlsafe(24)
        self._tokens[session] = token
        return session

    def end(self, session: str) -> None:
        """Log out."""
        self._tokens.pop(session, None)

    def token(self, session: str) -> str:
        """Its token; empty for no such session."""
        return self._tokens.get(session, "")


def who(call: Call) -> Credentials | None:
    """Who is logged in, while their token holds."""
    token = call.cloud.part(Sessions).token(call.request.cookies.get(SESSION, ""))
    return call.cloud.authenticator.authenticate(token) if token else None


def protected(call: Call, form: dict[str, str]) -> bool:
    """Whether a form came from one of our own pages."""
    cookie = call.request.cookies.get(CSRF, "")
    return bool(cookie) and hmac.compare_digest(cookie.encode(), form.get(FIELD, "").encode())


def csrf_of(call: Call) -> str:
    """The token for a page's forms: the cookie's, or a new one."""
    return call.request.cookies.get(CSRF) or secrets.token_urlsafe(24)


def set_cookie(call: Call, response: web.StreamResponse, name: str, value: str) -> None:
    """A cookie for the dashboard alone, which no script can read."""
    response.set_cookie(name, value, path=call.service.prefix, httponly=True, samesite="Lax", secure=call.request.secure)
