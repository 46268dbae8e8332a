"""Answers: the bytes that clients with strict parsers depend on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pyVmomi import vim
from pyVmomi import vmodl as _api

from emulators.vsphere.soap import metadata, vmodl
from emulators.vsphere.soap.encode import EncodeError, Encoder
from emulators.vsphere.soap.envelope import encode_any, encode_value, encoder
from emulators.vsphere.soap.primitives import escape, write_datetime

api: Any = _api
VM: Any = vim.VirtualMachine


def text(name: str, value: Any, declared: Any) -> str:
    """Return a value of a declared type as XML."""
    return encode_value(name, value, declared).decode()


def anything(value: Any, declared: Any = object) -> str:
    """Return a property's value as an anyType."""
    return encode_any("val", value, declared).decode()


def test_properties_come_in_order_and_unset_ones_not_at_all() -> None:
    spec = vim.vm.ConfigSpec(memoryMB=512, name="a", numCPUs=2)
    assert text("spec", spec, vim.vm.ConfigSpec) == "<spec><name>a</name><numCPUs>2</numCPUs><memoryMB>512</memoryMB></spec>"


def test_base_properties_come_first() -> None:
    card = vim.vm.device.VirtualVmxnet3(key=4000, macAddress="00:50:56:00:00:01", controllerKey=100)
    assert text("d", card, vim.vm.device.VirtualVmxnet3) == (
        "<d><key>4000</key><controllerKey>100</controllerKey><macAddress>00:50:56:00:00:01</macAddress></d>"
    )


def test_xsi_type_where_the_class_is_not_the_declared_one() -> None:
    disk = vim.vm.device.VirtualDisk(key=2000, capacityInKB=1)
    assert text("device", disk, vim.vm.device.VirtualDevice).startswith('<device xsi:type="VirtualDisk"><key>2000</key>')
    assert "xsi:type" not in text("device", disk, vim.vm.device.VirtualDisk)


@pytest.mark.parametrize(
    ("value", "declared", "expected"),
    [
        ("x", object, '<val xsi:type="xsd:string">x</val>'),
        (5, object, '<val xsi:type="xsd:int">5</val>'),
        (2**31, object, '<val xsi:type="xsd:long">2147483648</val>'),
        (5, vmodl.long, '<val xsi:type="xsd:long">5</val>'),
        (5, vmodl.short, '<val xsi:type="xsd:short">5</val>'),
        (True, object, '<val xsi:type="xsd:boolean">true</val>'),
        (1.5, vmodl.double, '<val xsi:type="xsd:double">1.5</val>'),
        (float("inf"), object, '<val xsi:type="xsd:float">INF</val>'),
        (b"\x00\x01", object, '<val xsi:type="xsd:base64Binary">AAE=</val>'),
        (datetime(2026, 1, 31, 8, tzinfo=UTC), object, '<val xsi:type="xsd:dateTime">2026-01-31T08:00:00Z</val>'),
        (vim.VirtualMachine, object, '<val xsi:type="xsd:string">VirtualMachine</val>'),
        (vmodl.PropertyPath("a.b"), object, '<val xsi:type="xsd:string">a.b</val>'),
        (VM.PowerOff, vmodl.ManagedMethod, '<val xsi:type="xsd:string">PowerOffVM_Task</val>'),
        ("poweredOn", VM.PowerState, '<val xsi:type="VirtualMachinePowerState">poweredOn</val>'),
        (VM.PowerState.poweredOn, object, '<val xsi:type="VirtualMachinePowerState">poweredOn</val>'),
        # vCenter's order of the two attributes, which some Java clients need
        (vim.Folder("group-d1"), object, '<val type="Folder" xsi:type="ManagedObjectReference">group-d1</val>'),
        ([], vmodl.array_of(int), '<val xsi:type="ArrayOfInt"></val>'),
        ([1, 2], vmodl.array_of(int), '<val xsi:type="ArrayOfInt"><int xsi:type="xsd:int">1</int><int xsi:type="xsd:int">2</int></val>'),
        (["a"], vmodl.array_of(str), '<val xsi:type="ArrayOfString"><string xsi:type="xsd:string">a</string></val>'),
        (
            [vim.Datastore("datastore-1")],
            vmodl.array_of(vim.Datastore),
            '<val xsi:type="ArrayOfManagedObjectReference"><ManagedObjectReference type="Datastore" xsi:type="ManagedObjectReference">'
            "datastore-1</ManagedObjectReference></val>",
        ),
        (
            [vim.vm.device.VirtualCdrom(key=1)],
            vmodl.array_of(vim.vm.device.VirtualDevice),
            '<val xsi:type="ArrayOfVirtualDevice"><VirtualDevice xsi:type="VirtualCdrom"><key>1</key></VirtualDevice></val>',
        ),
        (vim.vm.DefaultPowerOpInfo(), vim.vm.DefaultPowerOpInfo, '<val xsi:type="VirtualMachineDefaultPowerOpInfo"></val>'),
        (
            vim.fault.NotFound(msg="gone"),
            object,
            '<val xsi:type="LocalizedMethodFault"><fault xsi:type="NotFound"></fault><localizedMessage>gone</localizedMessage></val>',
        ),
    ],
)
def test_anytypes_say_what_they_are(value: Any, declared: Any, expected: str) -> None:
    assert anything(value, declared) == expected


def test_a_fault_inside_data_is_localized_and_keeps_its_cause() -> None:
    cause = api.fault.SystemError(reason="disk", msg="broken")
    info = vim.vm.RelocateSpec()
    assert info is not None
    error = vim.fault.InvalidPowerState(existingState="poweredOn", requestedState="poweredOff", faultCause=cause, msg="The attempted <op>")
    assert text("error", error, api.MethodFault) == (
        '<error><fault xsi:type="InvalidPowerState"><faultCause><fault xsi:type="SystemError"><reason>disk</reason></fault>'
        "<localizedMessage>broken</localizedMessage></faultCause><requestedState>poweredOff</requestedState>"
        "<existingState>poweredOn</existingState></fault><localizedMessage>The attempted &lt;op&gt;</localizedMessage></error>"
    )


def test_other_services_types_are_qualified() -> None:
    profile = metadata.data_type("PbmProfileId")
    assert profile is not None
    every = Encoder(None)
    assert every.any("val", profile(uniqueId="u"), object) == (
        b'<val xmlns:pbm="urn:pbm" xsi:type="pbm:PbmProfileId"><uniqueId xmlns="urn:pbm">u</uniqueId></val>'
    )
    pbm = encoder(None, "urn:pbm")
    assert pbm.value("id", profile(uniqueId="u"), profile) == b"<id><uniqueId>u</uniqueId></id>"
    assert pbm.any("e", vim.fault.NotFound(msg="m"), object) == (
        b'<e xmlns:vim25="urn:vim25" xsi:type="vim25:LocalizedMethodFault"><fault xmlns="urn:vim25" xsi:type="NotFound"></fault>'
        b'<localizedMessage xmlns="urn:vim25">m</localizedMessage></e>'
    )


@pytest.mark.parametrize(
    ("value", "declared", "complaint"),
    [
        (
            vim.vm.device.VirtualDeviceSpec(),
            vim.vm.device.VirtualDeviceSpec,
            "vim.vm.device.VirtualDeviceSpec.device is mandatory, but unset",
        ),
        (api.query.PropertyCollector.FilterSpec(), object, "vmodl.query.PropertyCollector.FilterSpec.propSet is mandatory, but empty"),
        (vim.vm.ConfigSpec(deviceChange=[vim.vm.device.VirtualDeviceSpec()]), vim.vm.ConfigSpec, "VirtualDeviceSpec.device is mandatory"),
        ("x", int, "expected int"),
        (5, str, "expected str"),
        ("running", VM.PowerState, "expected vim.VirtualMachine.PowerState"),
        (datetime(2026, 1, 31), datetime, "has no time zone"),  # noqa: DTZ001 - that is the point
        ("vm-1", VM, "expected a managed object"),
        (vim.vm.ConfigSpec(), vim.vm.CloneSpec, "expected vim.vm.CloneSpec"),
        ([1, 2], object, "plain list"),
        (object(), object, "no VMODL type"),
    ],
)
def test_values_that_do_not_fit_are_refused(value: Any, declared: Any, complaint: str) -> None:
    with pytest.raises(EncodeError, match=complaint.replace(".", r"\.")):
        encode_value("x", value, declared)


def test_a_misfit_inside_an_object_names_type_and_property() -> None:
    spec = vim.vm.ConfigSpec()
    spec.__dict__["numCPUs"] = "two"
    with pytest.raises(EncodeError, match=r"vim\.vm\.ConfigSpec\.numCPUs: 'two' does not fit"):
        encode_value("spec", spec, vim.vm.ConfigSpec)


def test_newer_properties_are_left_out_for_older_clients() -> None:
    summary = vim.vm.ConfigSpec(name="a", numCoresPerSocket=2)
    old, new = Encoder("vim.version.version5"), Encoder("vim.version.v8_0_3_0")
    assert new.value("s", summary, vim.vm.ConfigSpec) == b"<s><name>a</name><numCoresPerSocket>2</numCoresPerSocket></s>"
    assert old.value("s", summary, vim.vm.ConfigSpec) == b"<s><name>a</name></s>"


def test_newer_types_become_their_ancestors_for_older_clients() -> None:
    card = vim.vm.device.VirtualVmxnet3(key=1)
    assert Encoder("vim.version.version1").any("d", card, object).startswith(b'<d xsi:type="VirtualVmxnet">')


def test_text_is_escaped_as_vcenter_does_and_never_breaks_the_document() -> None:
    assert escape("a<b>&\"c'") == "a&lt;b&gt;&amp;&quot;c&apos;"
    assert escape("x\r\n\ty") == "x&#13;\n\ty"
    assert escape("bell\x07nul\x00half\ud800") == "bell\ufffdnul\ufffdhalf\ufffd"
    assert escape("long " * 50 + "\x07") == "long " * 50 + "\ufffd"
    assert escape("东京 " * 50) == "东京 " * 50
    assert escape("alnum1") == "alnum1"


def test_times_are_utc_with_no_more_digits_than_needed() -> None:
    minus5 = timezone(timedelta(hours=-5))
    assert write_datetime(datetime(2026, 1, 31, 3, 0, 0, tzinfo=minus5)) == "2026-01-31T08:00:00Z"
    assert write_datetime(datetime(2026, 1, 31, 8, 0, 0, 250000, tzinfo=UTC)) == "2026-01-31T08:00:00.25Z"
    assert write_datetime(datetime(2017, 5, 30, 18, 54, 17, 757925, tzinfo=UTC)) == "2017-05-30T18:54:17.757925Z"


def test_nothing_is_nothing() -> None:
    assert encode_value("x", None, str) == b""
    with pytest.raises(EncodeError, match="val is unset"):
        encode_any("val", None, str)
