"""Logging in and out, and how sessions end."""

from __future__ import annotations

import asyncio

import pytest
from pyVmomi import vim, vmodl

from emulators.vsphere.accounts import Account, Accounts
from emulators.vsphere.call import Services
from tests.unit.vsphere.core.wire import COLLECTOR, INSTANCE, PASSWORD, ROOT, SESSION_MANAGER, USER, VIEW_MANAGER, Wire, refused

INVALID_LOGIN = vim.fault.InvalidLogin
NOT_AUTHENTICATED = vim.fault.NotAuthenticated


async def test_login_opens_a_session_that_knows_its_client(stranger: Wire) -> None:
    session = await stranger.login()
    assert (session.userName, session.fullName) == ("VSPHERE.LOCAL\\Administrator", "Administrator vsphere.local")
    assert (session.ipAddress, session.userAgent, session.locale) == ("192.0.2.1", "tests", "en")
    current = (await stranger.read(SESSION_MANAGER, "currentSession"))["currentSession"]
    assert current.key == session.key
    assert current.key != stranger.cookie


@pytest.mark.parametrize(
    ("user", "password"),
    [(USER, "wrong"), (USER, ""), (USER, PASSWORD + " "), ("nobody@vsphere.local", PASSWORD), ("", PASSWORD), ("\U0001f600", "\t")],
)
async def test_wrong_credentials_are_refused_alike(stranger: Wire, user: str, password: str) -> None:
    fault = await refused(stranger.call(SESSION_MANAGER, "Login", userName=user, password=password), INVALID_LOGIN)
    assert fault.msg == "Cannot complete login due to an incorrect user name or password."
    assert stranger.cookie == ""


@pytest.mark.parametrize("user", ["Administrator@VSPHERE.LOCAL", "vsphere.local\\administrator", "administrator"])
async def test_a_user_name_has_several_forms(stranger: Wire, user: str) -> None:
    session = await stranger.call(SESSION_MANAGER, "Login", userName=user, password=PASSWORD)
    assert session.userName == "VSPHERE.LOCAL\\Administrator"


async def test_a_second_login_in_a_session_is_refused(wire: Wire) -> None:
    await refused(wire.login(), INVALID_LOGIN)
    assert (await wire.read(ROOT, "name"))["name"] == "Datacenters"


async def test_a_password_is_hashed_once_while_it_is_remembered(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []

    async def verify(stored: str | None, password: str) -> bool:
        hashed.append(password)
        return password == "right"

    monkeypatch.setattr("emulators.vsphere.accounts.verify_password", verify)
    accounts = Accounts(services.world.clock, {USER: "hash"})
    assert [await accounts.check(USER, "right") for _ in range(3)] == [Account("Administrator", "vsphere.local")] * 3
    assert [await accounts.check(USER, "wrong") for _ in range(2)] == [None, None]
    assert hashed == ["right", "wrong", "wrong"]


async def test_strangers_may_only_begin(stranger: Wire) -> None:
    assert (await stranger.call(INSTANCE, "RetrieveServiceContent")).about.apiVersion == "9.0.0.0"
    assert (await stranger.read(INSTANCE, "content"))["content"].rootFolder._moId == "group-d1"
    fault = await refused(stranger.call(INSTANCE, "CurrentTime"), NOT_AUTHENTICATED)
    assert (fault.privilegeId, fault.object._moId) == ("System.View", "ServiceInstance")
    await refused(stranger.call(VIEW_MANAGER, "CreateContainerView", container=ROOT, type=[], recursive=True), NOT_AUTHENTICATED)
    unread = await stranger.read(ROOT, "name", "childEntity")
    assert {type(one) for one in unread.values()} == {NOT_AUTHENTICATED}


async def test_logout_ends_the_session_and_what_it_owns(wire: Wire, services: Services) -> None:
    view = await wire.container(vim.VirtualMachine)
    cookie = wire.cookie
    await wire.call(SESSION_MANAGER, "Logout")
    assert services.sessions.all() == []
    wire.cookie = cookie
    await refused(wire.call(INSTANCE, "CurrentTime"), NOT_AUTHENTICATED)
    await wire.login()
    await refused(wire.read(view, "view"), vmodl.fault.ManagedObjectNotFound)


async def test_an_idle_session_expires_by_the_clock(wire: Wire, services: Services) -> None:
    services.world.clock.step(29 * 60)
    await wire.call(INSTANCE, "CurrentTime")
    services.world.clock.step(31 * 60)
    await refused(wire.call(INSTANCE, "CurrentTime"), NOT_AUTHENTICATED)
    assert services.sessions.all() == []


async def test_a_session_that_waits_is_not_idle(wire: Wire, services: Services) -> None:
    waiting = asyncio.create_task(wire.call(COLLECTOR, "WaitForUpdatesEx", version="", options=None))
    await asyncio.sleep(0.01)
    services.world.clock.step(3600)
    services.sessions.expire()
    assert len(services.sessions.all()) == 1
    services.sessions.end(services.sessions.all()[0])
    await refused(waiting, NOT_AUTHENTICATED)


async def test_sessions_see_and_end_one_another(wire: Wire, services: Services) -> None:
    other = Wire(services, agent="other")
    session = await other.login()
    assert [one.userAgent for one in (await wire.read(SESSION_MANAGER, "sessionList"))["sessionList"]] == ["tests", "other"]
    assert await wire.call(SESSION_MANAGER, "SessionIsActive", sessionID=session.key, userName=session.userName)
    await wire.call(SESSION_MANAGER, "TerminateSession", sessionId=[session.key])
    assert not await wire.call(SESSION_MANAGER, "SessionIsActive", sessionID=session.key, userName=session.userName)
    await refused(other.call(INSTANCE, "CurrentTime"), NOT_AUTHENTICATED)
    await refused(wire.call(SESSION_MANAGER, "TerminateSession", sessionId=[session.key]), vim.fault.NotFound)
    own = (await wire.read(SESSION_MANAGER, "currentSession"))["currentSession"].key
    await refused(wire.call(SESSION_MANAGER, "TerminateSession", sessionId=[own]), vmodl.fault.InvalidArgument)


async def test_objects_of_another_session_are_not_there(wire: Wire, services: Services) -> None:
    other = Wire(services)
    await other.login()
    view = await other.container(vim.VirtualMachine)
    await refused(wire.call(view, "DestroyView"), vmodl.fault.ManagedObjectNotFound)
    assert (await other.read(view, "recursive"))["recursive"] is True


async def test_a_clone_ticket_works_once_and_not_for_long(wire: Wire, services: Services) -> None:
    ticket = await wire.call(SESSION_MANAGER, "AcquireCloneTicket")
    clone = Wire(services)
    assert (await clone.call(SESSION_MANAGER, "CloneSession", cloneTicket=ticket)).userName == "VSPHERE.LOCAL\\Administrator"
    assert (await clone.read(ROOT, "name"))["name"] == "Datacenters"
    await refused(Wire(services).call(SESSION_MANAGER, "CloneSession", cloneTicket=ticket), INVALID_LOGIN)
    late = await wire.call(SESSION_MANAGER, "AcquireCloneTicket")
    services.world.clock.step(31)
    await refused(Wire(services).call(SESSION_MANAGER, "CloneSession", cloneTicket=late), INVALID_LOGIN)


async def test_locales(wire: Wire, stranger: Wire) -> None:
    await wire.call(SESSION_MANAGER, "SetLocale", locale="de")
    assert (await wire.read(SESSION_MANAGER, "currentSession"))["currentSession"].locale == "de"
    await refused(wire.call(SESSION_MANAGER, "SetLocale", locale="no locale"), vim.fault.InvalidLocale)
    login = stranger.call(SESSION_MANAGER, "Login", userName=USER, password=PASSWORD, locale="\u00e4")
    await refused(login, vim.fault.InvalidLocale)


async def test_tokens_and_strangers_cannot_be_impersonated(wire: Wire, stranger: Wire) -> None:
    await refused(stranger.call(SESSION_MANAGER, "LoginByToken"), INVALID_LOGIN)
    await refused(wire.call(SESSION_MANAGER, "ImpersonateUser", userName="nobody@vsphere.local"), INVALID_LOGIN)
    session = await wire.call(SESSION_MANAGER, "ImpersonateUser", userName=USER)
    assert (await wire.read(SESSION_MANAGER, "currentSession"))["currentSession"].key == session.key
