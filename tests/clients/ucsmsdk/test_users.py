"""Local users with the vendor's own SDK: who may log in, what roles allow, and passwords that change and are never shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ucsmsdk.mometa.aaa.AaaRole import AaaRole
from ucsmsdk.mometa.aaa.AaaUser import AaaUser
from ucsmsdk.mometa.aaa.AaaUserRole import AaaUserRole
from ucsmsdk.mometa.fabric.FabricVlan import FabricVlan
from ucsmsdk.mometa.org.OrgOrg import OrgOrg
from ucsmsdk.ucshandle import UcsHandle
from ucsmsdk.ucsmethodfactory import aaa_change_self_password

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import ask, door, refused

PASSWORD = "Correct-Horse-1"


@pytest.fixture
def user(ucs: Any) -> Iterator[Callable[..., str]]:
    """Makes users with a role; they are gone afterwards."""
    made: list[Any] = []

    def make(name: str, role: str = "read-only", **props: str) -> str:
        one = AaaUser("sys/user-ext", name=name, pwd=PASSWORD, **props)
        AaaUserRole(one, name=role)
        ucs.add_mo(one)
        ucs.commit()
        made.append(one)
        return name

    yield make
    ucs.commit_buffer_discard()
    for one in made:
        if ucs.query_dn(one.dn) is not None:
            ucs.remove_mo(one)
            ucs.commit()


@pytest.fixture
def login(simulated: Datacenter) -> Iterator[Callable[..., Any]]:
    """Logs in as a user; logged out afterwards."""
    opened: list[Any] = []
    at = door(simulated, secure=False)

    def log_in(name: str, password: str = PASSWORD) -> Any:
        handle = UcsHandle(at.host, name, password, port=at.port, secure=False)
        handle.login()
        opened.append(handle)
        return handle

    yield log_in
    for handle in opened:
        handle.logout()


def change(handle: Any, user: str, old: str, new: str, again: str = "") -> None:
    """Ask for another password, as the SDK builds the request."""
    handle.process_xml_elem(
        aaa_change_self_password(
            cookie=handle.cookie, in_user_name=user, in_old_password=old, in_new_password=new, in_confirm_new_password=again or new
        )
    )


def test_a_reader_reads_and_changes_nothing(ucs: Any, user: Callable[..., str], login: Callable[..., Any]) -> None:
    reader = login(user("reader"))
    assert reader.query_dn("org-root").dn == "org-root"
    reader.add_mo(OrgOrg("org-root", name="readers"))
    with refused(160, "Access denied"):
        reader.commit()
    assert ucs.query_dn("org-root/org-readers") is None
    for method, names in (("lsClone", {"dn": "org-root/ls-x", "inServerName": "y"}), ("faultAckFault", {"inId": "1"})):
        assert ask(reader, method, cookie=reader.cookie, **names).get("errorCode") == "160"


def test_a_role_allows_what_its_privileges_say(ucs: Any, user: Callable[..., str], login: Callable[..., Any]) -> None:
    ucs.add_mo(AaaRole("sys/user-ext", name="net", priv="ext-lan-config,ext-lan-policy"), modify_present=True)
    ucs.commit()
    networker = login(user("networker", "net"))
    networker.add_mo(FabricVlan("fabric/lan", name="by-role", id="777"))
    networker.commit()
    networker.add_mo(OrgOrg("org-root", name="networkers"))
    networker.add_mo(FabricVlan("fabric/lan", name="left-out", id="778"))
    with refused(160, "orgOrg"):
        networker.commit()
    assert ucs.query_dn("fabric/lan/net-left-out") is None
    for dn in ("fabric/lan/net-by-role", "sys/user-ext/role-net"):
        ucs.remove_mo(ucs.query_dn(dn))
    ucs.commit()


def test_passwords_are_set_and_never_shown(ucs: Any, user: Callable[..., str], simulated: Datacenter) -> None:
    name = user("secretive")
    found = ucs.query_dn(f"sys/user-ext/user-{name}")
    assert (found.pwd, found.pwd_set) == ("", "yes")
    records = simulated.rest("GET", f"/sim/entities/ucs_mo?name=user-{name}")["items"]
    assert len(records) == 1
    assert PASSWORD not in str(records)


@pytest.mark.parametrize("weak", ["Short-1", "onlylowercase", "lowerUPPER", "Baaaad-word-1", "weak-User1"])
def test_weak_passwords_are_refused(ucs: Any, weak: str) -> None:
    ucs.add_mo(AaaUser("sys/user-ext", name="Weak-user1", pwd=weak))
    with refused(100, "Password strength check"):
        ucs.commit()
    assert ucs.query_dn("sys/user-ext/user-Weak-user1") is None


def test_one_changes_ones_own_password(user: Callable[..., str], login: Callable[..., Any]) -> None:
    name = user("changer")
    own = login(name)
    with refused(551):
        change(own, name, "wrong", "Another-Horse-2")
    with refused(160):
        change(own, "admin", PASSWORD, "Another-Horse-2")
    with refused(100, "differ"):
        change(own, name, PASSWORD, "Another-Horse-2", "Another-Horse-3")
    with refused(100, "strength"):
        change(own, name, PASSWORD, "weak")
    change(own, name, PASSWORD, "Another-Horse-2")
    assert own.query_dn("sys").dn == "sys", "the session goes on"
    with refused(551):
        login(name)
    assert login(name, "Another-Horse-2").query_dn("sys").dn == "sys"


def test_who_is_inactive_or_gone_stays_out(ucs: Any, user: Callable[..., str], login: Callable[..., Any]) -> None:
    name = user("leaver", account_status="inactive")
    with refused(551):
        login(name)
    found = ucs.query_dn(f"sys/user-ext/user-{name}")
    found.account_status = "active"
    ucs.set_mo(found)
    ucs.commit()
    login(name)
    ucs.remove_mo(found)
    ucs.commit()
    with refused(551):
        login(name)


def test_the_administrator_stays(ucs: Any) -> None:
    ucs.remove_mo(ucs.query_dn("sys/user-ext/user-admin"))
    with refused(105):
        ucs.commit()
