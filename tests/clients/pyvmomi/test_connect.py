"""Logging in and out, as SmartConnect does it."""

from __future__ import annotations

import gc
import ssl
from typing import Any

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim
from pyVmomi.SoapAdapter import SoapStubAdapter

from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import connected, read, reference, trusting


def test_it_is_a_vcenter_and_says_so(si: Any) -> None:
    about = si.content.about
    assert (about.apiType, about.productLineId) == ("VirtualCenter", "vpx")
    assert about.fullName.startswith(f"{about.name} {about.version} build-")
    assert si.CurrentTime().tzinfo is not None


def test_the_session_is_the_users(si: Any, simulated: Datacenter) -> None:
    current = si.content.sessionManager.currentSession
    assert current.userName == "VSPHERE.LOCAL\\Administrator"
    assert current.key in {session.key for session in si.content.sessionManager.sessionList}
    assert (current.ipAddress, current.extensionSession) == (simulated.host, False)


def test_a_client_that_checks_certificates_needs_our_authority(simulated: Datacenter) -> None:
    strangers = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        SmartConnect(host=simulated.host, port=simulated.port, user=simulated.user, pwd=simulated.password, sslContext=strangers)


def test_a_client_may_skip_the_check(simulated: Datacenter) -> None:
    service = SmartConnect(
        host=simulated.host, port=simulated.port, user=simulated.user, pwd=simulated.password, disableSslCertValidation=True
    )
    assert service.content.about.apiType == "VirtualCenter"
    Disconnect(service)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # pyVim leaves its connection open when a login fails
@pytest.mark.parametrize(("user", "password"), [("", ""), ("administrator@vsphere.local", "wrong"), ("nobody@vsphere.local", "VMware1!")])
def test_a_bad_login_is_told_nothing_more(simulated: Datacenter, user: str, password: str) -> None:
    with pytest.raises(vim.fault.InvalidLogin) as raised:
        SmartConnect(host=simulated.host, port=simulated.port, user=user, pwd=password, sslContext=trusting(simulated))
    assert getattr(raised.value, "msg", "") == "Cannot complete login due to an incorrect user name or password."
    del raised
    gc.collect()


def stub(datacenter: Datacenter) -> Any:
    """A stub that nobody has logged in with."""
    return SoapStubAdapter(host=datacenter.host, port=datacenter.port, version="vim.version.v8_0_3_0", sslContext=trusting(datacenter))


def test_without_a_session_only_the_greeting_is_answered(simulated: Datacenter) -> None:
    service = reference(vim.ServiceInstance, "ServiceInstance", stub(simulated))
    content = service.RetrieveContent()
    with pytest.raises(vim.fault.NotAuthenticated) as raised:
        content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    assert raised.value.privilegeId == "System.View"
    service._stub.DropConnections()


@pytest.mark.parametrize("cookie", ["", "vmware_soap_session=0123456789abcdef", 'vmware_soap_session="' + "a" * 5000 + '"', "x=\u00e4"])
def test_a_made_up_cookie_opens_nothing(simulated: Datacenter, cookie: str) -> None:
    adapter = stub(simulated)
    adapter.cookie = cookie
    with pytest.raises(vim.fault.NotAuthenticated):
        read(reference(vim.Folder, "group-d1", adapter), "childEntity")
    adapter.DropConnections()


def test_after_logout_the_cookie_is_worth_nothing(simulated: Datacenter) -> None:
    with connected(simulated) as service:
        root = service.content.rootFolder
        assert root.name
        service.content.sessionManager.Logout()
        with pytest.raises(vim.fault.NotAuthenticated):
            read(root, "childEntity")


def test_an_idle_session_expires(simulated: Datacenter) -> None:
    with connected(simulated) as service:
        root = service.content.rootFolder
        simulated.rest("POST", "/sim/clock/step", {"seconds": 31 * 60})
        with pytest.raises(vim.fault.NotAuthenticated):
            read(root, "childEntity")


def test_a_session_can_be_ended_by_another(simulated: Datacenter, si: Any) -> None:
    with connected(simulated) as other:
        key = other.content.sessionManager.currentSession.key
        assert si.content.sessionManager.SessionIsActive(sessionID=key, userName="VSPHERE.LOCAL\\Administrator")
        si.content.sessionManager.TerminateSession([key])
        assert key not in {session.key for session in si.content.sessionManager.sessionList}
        with pytest.raises(vim.fault.NotAuthenticated):
            read(other.content.rootFolder, "childEntity")
