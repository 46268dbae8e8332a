"""Logging in and out, staying in, and being one too many."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from dcsim.clock import SimulatedClock
from emulators.ucs.refusals import Refusal
from emulators.ucs.sessions import IDLE, IN_ALL, PER_USER, Sessions
from tests.unit.ucs.core.wire import PASSWORD, USER, Wire


class WallClock(SimulatedClock):
    """A clock whose wall's time the test moves."""

    at = datetime(2026, 1, 1, tzinfo=UTC)

    def wall(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


async def test_login_tells_all_that_ucsmsdk_reads(stranger: Wire) -> None:
    root = await stranger.login()
    assert re.fullmatch(r"\d+/[0-9a-f-]{36}", stranger.cookie)
    assert root.get("outVersion") == "4.2(3b)"
    assert root.get("outRefreshPeriod") == "600"
    assert root.get("outName") == USER
    assert root.get("response") == "yes"
    assert "admin" in str(root.get("outPriv")).split(",")


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), ("nobody", PASSWORD), ("", ""), ("nobody", "")])
async def test_wrong_credentials_are_refused(stranger: Wire, user: str, password: str) -> None:
    assert await stranger.refused("aaaLogin", inName=user, inPassword=password) == ("551", "Authentication failed")


async def test_nothing_is_shown_without_a_session(stranger: Wire) -> None:
    assert await stranger.refused("configResolveDn", dn="sys") == ("552", "Authorization required")
    stranger.cookie = "1313118253/7f0f3b3e-0000-1000-8000-000000000000"
    assert (await stranger.refused("configResolveClass", classId="topSystem"))[0] == "552"


async def test_a_refreshed_session_has_another_cookie(wire: Wire) -> None:
    old = wire.cookie
    root = await wire.ask("aaaRefresh", inName=USER, inPassword=PASSWORD, inCookie=old)
    wire.cookie = str(root.get("outCookie"))
    assert wire.cookie != old
    assert await wire.dns("configResolveDn", dn="sys") == ["sys"]
    wire.cookie = old
    assert (await wire.refused("configResolveDn", dn="sys"))[0] == "552"
    assert (await wire.refused("aaaRefresh", inName=USER, inPassword=PASSWORD, inCookie=old))[0] == "555"
    assert (await wire.refused("aaaRefresh", inName=USER, inPassword="wrong", inCookie=old))[0] == "551"


async def test_logout_ends_it_once(wire: Wire) -> None:
    assert (await wire.ask("aaaLogout", inCookie=wire.cookie)).get("outStatus") == "success"
    assert (await wire.refused("configResolveDn", dn="sys"))[0] == "552"
    assert await wire.refused("aaaLogout", inCookie=wire.cookie) == ("555", "Session not found")


async def test_keep_alive_needs_a_session(wire: Wire) -> None:
    assert "errorCode" not in (await wire.ask("aaaKeepAlive")).attrib
    wire.cookie = ""
    assert (await wire.refused("aaaKeepAlive"))[0] == "552"


async def test_a_token_logs_in_once(wire: Wire) -> None:
    token = str((await wire.ask("aaaGetAuthTokenClient")).get("outTokens"))
    root = await wire.ask("aaaTokenLogin", inName=USER, inToken=token)
    assert root.get("outUser") == USER
    assert (await wire.refused("aaaTokenLogin", inName=USER, inToken=token))[0] == "551"
    tokens = str((await wire.ask("aaaGetNComputeAuthTokenByDn", inDn="sys/chassis-1/blade-1", inNumberOf="2")).get("outTokens")).split(",")
    assert len(set(tokens)) == 2
    assert (await wire.ask("aaaCheckComputeAuthToken", inUser=USER, inToken=tokens[0])).get("outAllow") == "yes"
    assert (await wire.ask("aaaCheckComputeAuthToken", inUser=USER, inToken=tokens[0])).get("outAllow") == "no"
    assert (await wire.ask("aaaCheckComputeAuthToken", inUser="other", inToken=tokens[1])).get("outAllow") == "no"


async def test_tokens_need_a_server_and_a_number(wire: Wire) -> None:
    assert (await wire.refused("aaaGetNComputeAuthTokenByDn", inDn="sys/chassis-1/blade-9", inNumberOf="1"))[0] == "102"
    assert (await wire.refused("aaaGetNComputeAuthTokenByDn", inDn="sys/chassis-1/blade-1", inNumberOf="0"))[0] == "100"


async def test_sessions_are_objects_too(wire: Wire) -> None:
    (session,) = await wire.objects("configResolveClass", classId="aaaSession")
    assert session.get("user") == USER
    assert str(session.get("dn")).startswith(f"sys/user-ext/user-{USER}/term-web_")
    assert await wire.dns("configResolveChildren", inDn=f"sys/user-ext/user-{USER}", classId="aaaSession") == [session.get("dn")]
    assert await wire.dns("configResolveDn", dn=str(session.get("dn"))) == [session.get("dn")]


def test_an_idle_session_is_over(clock: WallClock) -> None:
    sessions = Sessions(clock)
    cookie = sessions.open(USER, "").cookie
    clock.advance(IDLE)
    assert sessions.get(cookie).user == USER
    clock.advance(IDLE)
    assert sessions.get(cookie).user == USER, "using it keeps it"
    clock.advance(IDLE + timedelta(seconds=1))
    with pytest.raises(Refusal, match="Authorization required"):
        sessions.get(cookie)
    assert sessions.all() == []


def test_a_token_is_good_for_a_minute_and_while_its_session_is(clock: WallClock) -> None:
    sessions = Sessions(clock)
    session = sessions.open(USER, "")
    old, new, orphan = sessions.issue_token(session), "", ""
    clock.advance(timedelta(seconds=61))
    new = sessions.issue_token(session)
    assert not sessions.redeem(old, USER)
    assert sessions.redeem(new, USER)
    orphan = sessions.issue_token(session)
    sessions.end(session.cookie)
    assert not sessions.redeem(orphan, USER)


def test_a_user_has_so_many_sessions_and_no_more(clock: WallClock) -> None:
    sessions = Sessions(clock)
    first = sessions.open(USER, "")
    for _ in range(PER_USER - 1):
        sessions.open(USER, "")
    with pytest.raises(Refusal) as caught:
        sessions.open(USER, "")
    assert (caught.value.error_code, caught.value.message) == ("572", "User reached maximum session limit")
    sessions.open("other", "")
    sessions.end(first.cookie)
    sessions.open(USER, "")
    for number in range(IN_ALL - PER_USER - 1):
        sessions.open(f"user-{number}", "")
    with pytest.raises(Refusal, match="maximum session limit"):
        sessions.open("one-more", "")


def test_who_waits_on_a_session_hears_of_its_end(clock: WallClock) -> None:
    sessions = Sessions(clock)
    session = sessions.open(USER, "")
    heard: list[str] = []
    session.when_closed(lambda: heard.append("closed"))
    sessions.close()
    assert (heard, session.closed) == (["closed"], True)
