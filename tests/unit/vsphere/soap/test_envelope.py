"""Envelopes: results, faults and joined fragments, read back by pyVmomi."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import SoapAdapter, vim
from pyVmomi import vmodl as _api

from dcsim.xml import parse
from emulators.vsphere.soap import envelope, faults, metadata, vmodl
from emulators.vsphere.soap.encode import EncodeError
from emulators.vsphere.soap.envelope import encode_any

api: Any = _api
COLLECTOR = api.query.PropertyCollector


def method(name: str) -> metadata.MethodInfo:
    """Return a vim25 method."""
    found = metadata.method("urn:vim25", name)
    assert found is not None
    return found


def received(answer: bytes, result: Any = object) -> Any:
    """Return what pyVmomi's client makes of an answer."""
    return SoapAdapter.SoapResponseDeserializer(None).Deserialize(answer, result)


def test_a_result() -> None:
    answer = envelope.response(method("PowerOffVM_Task"), vim.Task("task-1"))
    assert b'<PowerOffVM_TaskResponse xmlns="urn:vim25"><returnval type="Task">task-1</returnval></PowerOffVM_TaskResponse>' in answer
    assert received(answer, vim.Task) == vim.Task("task-1")


def test_nothing_and_an_empty_array_as_results() -> None:
    assert b'<LogoutResponse xmlns="urn:vim25"></LogoutResponse>' in envelope.response(method("Logout"), None)
    assert received(envelope.response(method("FindAllByDnsName"), []), vmodl.array_of(vim.ManagedEntity)) == []
    assert received(envelope.response(method("FindByUuid"), None), vim.ManagedEntity) is None


def test_a_result_that_must_be_there() -> None:
    with pytest.raises(EncodeError, match=r"PowerOffVM_Task must return vim\.Task"):
        envelope.response(method("PowerOffVM_Task"), None)


def test_a_fault_looks_as_in_the_recording_of_a_bad_password() -> None:
    message = "Cannot complete login due to an incorrect user name or password."
    answer = envelope.fault_envelope(faults.VimFault(vim.fault.InvalidLogin()))
    assert (
        answer
        == (
            '<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"\n'
            ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"\n xmlns:xsd="http://www.w3.org/2001/XMLSchema"\n'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<soapenv:Body>\n'
            f"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{message}</faultstring><detail>"
            '<InvalidLoginFault xmlns="urn:vim25" xsi:type="InvalidLogin"></InvalidLoginFault></detail></soapenv:Fault>\n'
            "</soapenv:Body>\n</soapenv:Envelope>"
        ).encode()
    )
    fault = received(answer)
    assert (type(fault).__name__, fault.msg) == ("vim.fault.InvalidLogin", message)


def test_a_fault_with_properties_and_cause() -> None:
    cause = vim.fault.InvalidPowerState(msg="no", requestedState="poweredOff", existingState="poweredOn")
    fault = vim.fault.InvalidPowerState(
        requestedState="poweredOn",
        existingState="poweredOn",
        faultCause=cause,
        faultMessage=[api.LocalizableMessage(key="k", message="m", arg=[api.KeyAnyValue(key="1", value=5)])],
    )
    read = received(envelope.fault_envelope(faults.VimFault(fault, "The attempted operation cannot be performed & so on")))
    assert read.msg == "The attempted operation cannot be performed & so on"
    assert (read.existingState, read.faultCause.msg, read.faultMessage[0].arg[0].value) == ("poweredOn", "no", 5)


@pytest.mark.parametrize(
    ("error", "name", "message"),
    [
        (faults.not_supported(), "NotSupported", "The operation is not supported on the object."),
        (faults.invalid_argument("spec.name"), "InvalidArgument", "A specified parameter was not correct: spec.name"),
        (
            faults.managed_object_not_found(vim.VirtualMachine, "vm-1"),
            "ManagedObjectNotFound",
            "The object 'vim.VirtualMachine:vm-1' has already been deleted or has not been completely created",
        ),
        (faults.method_not_found(vim.HostSystem, "host-1", "PowerOffVM_Task"), "MethodNotFound", "The method PowerOffVM_Task is not found"),
        (faults.invalid_type(), "InvalidType", "The request refers to an unexpected or unknown type."),
        (faults.invalid_request("what?"), "InvalidRequest", "what?"),
        (faults.system_error("journal"), "SystemError", "A general system error occurred: journal"),
    ],
)
def test_the_faults_of_the_codec(error: faults.VimFault, name: str, message: str) -> None:
    read = received(envelope.fault_envelope(error))
    assert type(read).__name__ == f"vmodl.fault.{name}"
    assert read.msg.startswith(message)
    assert faults.is_fault(error.fault)


def test_a_newer_fault_becomes_its_ancestor_for_an_older_client() -> None:
    fault = vim.fault.ThirdPartyLicenseAssignmentFailed(host=vim.HostSystem("host-1"), module="m")
    answer = envelope.fault_envelope(faults.VimFault(fault, "x"), "vim.version.version1")
    assert b"ThirdParty" not in answer.replace(b"<ThirdPartyLicenseAssignmentFailedFault", b"").replace(
        b"</ThirdPartyLicenseAssignmentFailedFault", b""
    )


def test_an_envelope_error_has_no_detail() -> None:
    answer = envelope.fault_envelope(faults.SoapError("VersionMismatch", "SOAP <1.2>"))
    fault = parse(answer)[0][0]
    assert [(child.tag, child.text) for child in fault] == [("faultcode", "soapenv:VersionMismatch"), ("faultstring", "SOAP <1.2>")]


def test_object_contents_from_fragments() -> None:
    name = encode_any("val", "web <1>", str)
    devices = encode_any("val", [vim.vm.device.VirtualCdrom(key=3000)], vmodl.array_of(vim.vm.device.VirtualDevice))
    denied = vim.fault.NoPermission(object=vim.VirtualMachine("vm-1"), privilegeId="System.Read", msg="no")
    content = envelope.object_content("VirtualMachine", "vm-1", [("name", name), ("config.hardware.device", devices)], [("guest", denied)])
    answer = envelope.raw_response(method("RetrievePropertiesEx"), envelope.retrieve_result([content, content], token="1<2"))
    result = received(answer, COLLECTOR.RetrieveResult)
    assert (result.token, len(result.objects)) == ("1<2", 2)
    first = result.objects[0]
    assert first.obj == vim.VirtualMachine("vm-1")
    assert (first.propSet[0].name, first.propSet[0].val) == ("name", "web <1>")
    assert first.propSet[1].val[0].key == 3000
    assert (first.missingSet[0].path, first.missingSet[0].fault.privilegeId) == ("guest", "System.Read")


def test_joined_contents_are_what_the_encoder_writes() -> None:
    properties = [COLLECTOR.DynamicProperty] if hasattr(COLLECTOR, "DynamicProperty") else [api.DynamicProperty]
    value = COLLECTOR.ObjectContent(obj=vim.Folder("group-d1"), propSet=[properties[0](name="name", val="a")])
    joined = envelope.object_content("Folder", "group-d1", [("name", encode_any("val", "a", str))], tag=b"returnval")
    assert joined == envelope.encode_value("returnval", value, COLLECTOR.ObjectContent)


def test_no_objects_are_no_result() -> None:
    assert envelope.retrieve_result([]) == b""


def test_updates_from_fragments() -> None:
    on = encode_any("val", "poweredOn", vim.VirtualMachine.PowerState)
    updates = envelope.object_update(
        "VirtualMachine", "vm-1", "modify", [("runtime.powerState", "assign", on), ("guest.ipAddress", "assign", None)]
    )
    update = b"<returnval><version>7</version><filterSet>" + envelope.reference(b"filter", "PropertyFilter", "f-1") + updates
    answer = envelope.raw_response(method("WaitForUpdatesEx"), update + b"</filterSet></returnval>")
    changed = received(answer, COLLECTOR.UpdateSet).filterSet[0].objectSet[0]
    assert (changed.kind, changed.obj) == ("modify", vim.VirtualMachine("vm-1"))
    assert [(one.name, one.op, one.val) for one in changed.changeSet] == [
        ("runtime.powerState", "assign", "poweredOn"),
        ("guest.ipAddress", "assign", None),
    ]
