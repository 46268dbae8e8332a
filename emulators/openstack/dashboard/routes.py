"""The dashboard's pages: the way in, the way out, and the overview of the project that the token is for."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from emulators.openstack.call import Call
from emulators.openstack.cloud import REGION
from emulators.openstack.dashboard.html import Markup, fill, page
from emulators.openstack.dashboard.overview import overview
from emulators.openstack.dashboard.service import DASHBOARD
from emulators.openstack.dashboard.sessions import CSRF, SESSION, Sessions, csrf_of, protected, set_cookie, who
from emulators.openstack.faults import Fault
from emulators.openstack.identity.login import log_in

_MAX_FORM: Final = 16 * 1024
_LOGIN: Final = "/auth/login/"


@DASHBOARD.get("/", rule=None, raw=True)
async def home(call: Call) -> Any:
    """The overview for who is logged in, else the login page."""
    credentials = who(call)
    if credentials is None:
        return _login_page(call)
    return page("Overview", overview(call, credentials, csrf_of(call)))


@DASHBOARD.get(_LOGIN, rule=None, raw=True)
async def login_page(call: Call) -> Any:
    """A form for domain, name and password."""
    return _login_page(call)


@DASHBOARD.post(_LOGIN, rule=None, raw=True)
async def login(call: Call) -> Any:
    """Log in, and go to the overview; says no more than that name or password are wrong."""
    form = await _form(call)
    if not protected(call, form):
        return _login_page(call, "The form is not of this page, or too old. Log in again.", status=403)
    try:
        token = await log_in(call, name=form.get("username", ""), domain=form.get("domain", ""), password=form.get("password", ""))
    except Fault as refused:
        if refused.status != web.HTTPUnauthorized.status_code:
            raise
        return _login_page(call, "Invalid credentials.")
    response = _to(call, "/")
    set_cookie(call, response, SESSION, call.cloud.part(Sessions).begin(token))
    return response


@DASHBOARD.post("/auth/logout/", rule=None, raw=True)
async def logout(call: Call) -> Any:
    """Log out, and go to the login page."""
    if protected(call, await _form(call)):
        call.cloud.part(Sessions).end(call.request.cookies.get(SESSION, ""))
    return _to(call, _LOGIN)


def _login_page(call: Call, error: str = "", *, status: int = 200) -> web.Response:
    csrf = csrf_of(call)
    shown = fill("error.html", text=error) if error else Markup()
    response = page("Login", fill("login.html", error=shown, action=call.url(_LOGIN), csrf=csrf, region=REGION), status=status)
    set_cookie(call, response, CSRF, csrf)
    return response


def _to(call: Call, path: str) -> web.Response:
    return web.Response(status=302, headers={"Location": call.url(path)})


async def _form(call: Call) -> dict[str, str]:
    """The fields of the form that was sent; raises Fault 413."""
    data = await call.request.content.read(_MAX_FORM + 1)
    if len(data) > _MAX_FORM:
        raise Fault(413, "The form is too large.")
    return dict(parse_qsl(data.decode(errors="replace"), keep_blank_values=True))
