"""Logging in and out, refreshing, keeping alive."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError

import pytest
from ucsmsdk.ucsexception import UcsException

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import ask, connected, door, handle, refused


def test_it_is_a_ucs_manager_and_says_so(ucs: Any, simulated: Datacenter) -> None:
    assert ucs.is_valid()
    assert str(ucs.version) == "4.2(3b)"
    (system,) = ucs.query_classid("topSystem")
    assert (system.dn, system.name) == ("sys", ucs.ucs)
    assert ucs.ucs == simulated.rest("GET", "/sim/entities/ucs_domain")["items"][0]["name"]


@pytest.mark.parametrize("secure", [True, False])
def test_it_listens_with_and_without_tls(simulated: Datacenter, secure: bool) -> None:
    with connected(simulated, door(simulated, secure=secure)) as ucs:
        assert len(ucs.query_classid("networkElement")) == 2


@pytest.mark.parametrize(("user", "password"), [("admin", "wrong"), ("nobody", ""), ("", ""), ("admin\u00e4", "\u00e4")])
def test_a_bad_login_is_told_nothing_more(simulated: Datacenter, user: str, password: str) -> None:
    from ucsmsdk.ucshandle import UcsHandle

    at = door(simulated)
    with pytest.raises(UcsException) as raised:
        UcsHandle(at.host, user, password, port=at.port, secure=True).login()
    assert (raised.value.error_code, raised.value.error_descr) == ("551", "Authentication failed")


def test_after_logout_the_cookie_is_worth_nothing(simulated: Datacenter, ucs: Any) -> None:
    with connected(simulated) as other:
        cookie = other.cookie
    answer = ask(ucs, "configResolveDn", cookie=cookie, dn="sys")
    assert (answer.get("errorCode"), answer.get("invocationResult")) == ("552", "unidentified-fail")


@pytest.mark.parametrize("cookie", ["", "1417105892/4e7a-rubbish", "\u00e4", "x" * 5000, '"><a>'])
def test_a_made_up_cookie_opens_nothing(ucs: Any, cookie: str) -> None:
    answer = ask(ucs, "configResolveDn", cookie=cookie, dn="sys")
    assert (answer.get("errorCode"), answer.get("errorDescr"), len(answer)) == ("552", "Authorization required", 0)


def test_a_refresh_gives_a_new_cookie_and_voids_the_old(simulated: Datacenter) -> None:
    with connected(simulated) as ucs:
        before = ucs.cookie
        assert ucs._refresh()
        ucs._UcsSession__stop_refresh_timer()
        assert ucs.cookie != before
        assert ucs.query_dn("sys") is not None
        assert ask(ucs, "configResolveDn", cookie=before, dn="sys").get("errorCode") == "552"


def test_only_the_sessions_owner_can_refresh_it(simulated: Datacenter, ucs: Any) -> None:
    admin = {"inName": simulated.env["UCSM_USERNAME"], "inPassword": simulated.env["UCSM_PASSWORD"]}
    assert ask(ucs, "aaaRefresh", inCookie="1/2", **admin).get("errorCode") == "555"
    assert ask(ucs, "aaaRefresh", inCookie=ucs.cookie, **{**admin, "inPassword": "wrong"}).get("errorCode") == "551"
    assert ucs.query_dn("sys") is not None


def test_keep_alive(ucs: Any) -> None:
    assert ask(ucs, "aaaKeepAlive", cookie=ucs.cookie).get("errorCode") is None
    assert ask(ucs, "aaaKeepAlive", cookie="none").get("errorCode") == "552"


def test_logging_out_twice_is_an_error_the_second_time(simulated: Datacenter, ucs: Any) -> None:
    admin = {"inName": simulated.env["UCSM_USERNAME"], "inPassword": simulated.env["UCSM_PASSWORD"]}
    cookie = str(ask(ucs, "aaaLogin", **admin).get("outCookie"))
    first, second = (ask(ucs, "aaaLogout", inCookie=cookie) for _ in range(2))
    assert (first.get("outStatus"), second.get("errorCode")) == ("success", "555")


def test_a_user_has_no_more_sessions_than_the_limit(simulated: Datacenter) -> None:
    opened, at = [], door(simulated, secure=False)
    try:
        for _ in range(32):
            opened.append(handle(simulated, at))
            opened[-1].login()
        with refused("572"):
            handle(simulated, at).login()
    finally:
        for one in opened:
            one.logout()
    with connected(simulated, at) as again:
        assert again.is_valid()


def test_a_token_opens_a_session_once(ucs: Any) -> None:
    token = ucs.get_auth_token()
    first, second = (ask(ucs, "aaaTokenLogin", inName="admin", inToken=token) for _ in range(2))
    assert (bool(first.get("outCookie")), second.get("errorCode")) == (True, "551")
    assert ask(ucs, "aaaLogout", inCookie=str(first.get("outCookie"))).get("outStatus") == "success"


def test_another_path_is_not_found(ucs: Any) -> None:
    with pytest.raises(HTTPError) as raised:
        ucs._UcsSession__driver.post(uri=f"{ucs.uri}/elsewhere", data=b"<aaaLogin/>")
    raised.value.close()
    assert raised.value.code == 404


def test_an_answer_repeats_what_it_answers(ucs: Any) -> None:
    answer = ask(ucs, "configResolveDn", cookie=ucs.cookie, dn="sys", commandId="17")
    assert {name: answer.get(name) for name in ("cookie", "response", "dn", "commandId")} == {
        "cookie": ucs.cookie,
        "response": "yes",
        "dn": "sys",
        "commandId": "17",
    }


def test_answers_are_written_as_ucs_manager_writes_them(ucs: Any) -> None:
    document = ucs.post_xml(xml_str=f'<configResolveClass cookie="{ucs.cookie}" classId="computeBlade"/>'.encode())
    assert document.startswith("<configResolveClass ")
    assert "\n" not in document
