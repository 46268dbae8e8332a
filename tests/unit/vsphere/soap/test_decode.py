"""Requests: what is understood, in whose dialect, and what is refused in vCenter's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pyVmomi import vim

from dcsim.xml import parse
from emulators.vsphere.soap import vmodl
from emulators.vsphere.soap.decode import decode, malformed
from emulators.vsphere.soap.faults import SoapError, VimFault
from tests.unit.vsphere.soap.requests import CLONE, PYVMOMI, RBVMOMI, fault_name, read, refusal

COMPLETE = "<powerOn>true</powerOn><template>false</template>"
OPTIONS = '<UpdateOptions xmlns="urn:vim25"><_this type="OptionManager">VpxSettings</_this>{}</UpdateOptions>'
SPEC = '<ReconfigVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">vm-1</_this><spec>{}</spec></ReconfigVM_Task>'
CLONE_OK = CLONE.format("<template>false</template><powerOn>true</powerOn>")


def test_a_call_has_typed_arguments() -> None:
    request = read(CLONE_OK)
    assert request.method.wire_name == "CloneVM_Task"
    assert (request.target_type, request.target_id) == (vim.VirtualMachine, "vm-1")
    assert (type(request.args["folder"]), request.args["folder"]._moId) == (vim.Folder, "group-v3")
    assert request.args["spec"].powerOn is True
    assert request.args["spec"].location.deviceChange == []
    assert request.version == "vim.version.v8_0_3_0"


def test_unset_optional_parameters_are_none_or_empty() -> None:
    request = read('<CreateContainerView xmlns="urn:vim25"><_this type="ViewManager">ViewManager</_this>'
                   '<container type="Folder">group-d1</container><recursive>true</recursive></CreateContainerView>')  # fmt: skip
    assert request.args["type"] == []
    login = '<Login xmlns="urn:vim25"><_this type="SessionManager">S</_this><userName>u</userName><password>p</password></Login>'
    assert read(login).args == {"userName": "u", "password": "p", "locale": None}


@pytest.mark.parametrize(
    "call",
    [
        # Axis and CXF qualify everything; suds qualifies nothing below the method.
        '<v:UpdateOptions xmlns:v="urn:vim25"><v:_this type="OptionManager" xsi:type="v:ManagedObjectReference">V</v:_this>'
        '<v:changedValue xsi:type="v:OptionValue"><v:key>a</v:key><v:value xsi:type="xsd:long">5</v:value></v:changedValue>'
        "</v:UpdateOptions>",
        '<v:UpdateOptions xmlns:v="urn:vim25"><_this type="OptionManager">V</_this>'
        '<changedValue><key>a</key><value xsi:type="xsd:long">5</value></changedValue></v:UpdateOptions>',
        # govc: its own prefix for XMLSchema-instance, and none declared for xsd.
        '<UpdateOptions xmlns="urn:vim25"><_this type="OptionManager">V</_this><changedValue xmlns:XMLSchema-instance='
        '"http://www.w3.org/2001/XMLSchema-instance" XMLSchema-instance:type="OptionValue"><key>a</key>'
        '<value XMLSchema-instance:type="xsd:long">5</value></changedValue></UpdateOptions>',
        # libvirt
        '<UpdateOptions xmlns="urn:vim25"><_this xmlns="urn:vim25" xsi:type="ManagedObjectReference" type="OptionManager">V</_this>'
        '<changedValue xmlns="urn:vim25" xsi:type="OptionValue"><key xmlns="urn:vim25" xsi:type="xsd:string">a</key>'
        '<value xmlns="urn:vim25" xsi:type="xsd:long">5</value></changedValue></UpdateOptions>',
    ],
)
def test_every_dialect_means_the_same(call: str) -> None:
    changed = read(call).args["changedValue"]
    assert [(type(one), one.key, one.value, type(one.value)) for one in changed] == [(vim.option.OptionValue, "a", 5, vmodl.long)]


def test_undeclared_xsd_prefix_as_govc_writes_it() -> None:
    body = (
        b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><UpdateOptions xmlns="urn:vim25"><_this type="OptionManager">V'
        b'</_this><changedValue xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="OptionValue"><key>a</key>'
        b'<value i:type="xsd:int">5</value></changedValue></UpdateOptions></Body></Envelope>'
    )
    assert decode(parse(body)).args["changedValue"][0].value == 5


def test_soap_headers() -> None:
    envelope = PYVMOMI.replace(
        "<soapenv:Body>",
        '<soapenv:Header><operationID xmlns="urn:vim25">op-1</operationID><vcSessionCookie>c0ffee</vcSessionCookie>'
        '<wsse:Security xmlns:wsse="urn:wsse"><a/></wsse:Security></soapenv:Header><soapenv:Body>',
    )
    request = read(CLONE_OK, envelope)
    assert (request.operation_id, request.session_cookie) == ("op-1", "c0ffee")
    assert request.security is not None
    assert read(CLONE_OK).operation_id is None


def test_times_and_binaries() -> None:
    call = '<UpdateDateTime xmlns="urn:vim25"><_this type="HostDateTimeSystem">d</_this><dateTime>{}</dateTime></UpdateDateTime>'
    expected = datetime(2026, 1, 31, 8, 0, 0, 123456, tzinfo=UTC)
    for text in (
        "2026-01-31T08:00:00.123456Z",
        "2026-01-31T03:00:00.123456-05:00",
        "2026-01-31T08:00:00.1234569",
        "\n2026-01-31T08:00:00.123456Z ",
    ):
        assert abs(read(call.format(text)).args["dateTime"] - expected) < timedelta(microseconds=1)
    for text in ("yesterday", "2026-13-01T00:00:00Z", "20260131T080000Z", "2026-01-31", ""):
        assert "dateTime value" in refusal(call.format(text)).message


def test_nil_is_unset() -> None:
    request = read(SPEC.format('<name xsi:nil="true"/><numCPUs>2</numCPUs>'))
    assert (request.args["spec"].name, request.args["spec"].numCPUs) == (None, 2)


# --- refusals, in words that vCenter was seen to use -------------------------------------------------------------------------


def test_missing_property_as_vcenter_5_1_told_rbvmomi() -> None:
    """github.com/chef/knife-vsphere issue 39 shows these paragraphs, and the columns of the outer ones."""
    call = CLONE.format(
        "<template>false</template><customization><globalIPSettings></globalIPSettings></customization><powerOn>false</powerOn>"
    )
    lines = refusal(call, RBVMOMI).message.split("\n\n")
    assert [line.partition("\nat line")[0] for line in lines] == [
        "Required property identity is missing from data object of type CustomizationSpec",
        "while parsing serialized DataObject of type vim.vm.customization.Specification",
        'while parsing property "customization" of static type CustomizationSpec',
        "while parsing serialized DataObject of type vim.vm.CloneSpec",
        "while parsing call information for method CloneVM_Task",
        "while parsing SOAP body",
        "while parsing SOAP envelope",
        "while parsing HTTP request for method clone\non object of type vim.VirtualMachine",
    ]
    assert lines[4].endswith("\nat line 1, column 177")
    assert lines[5].endswith("\nat line 1, column 167")
    assert lines[6].endswith("\nat line 1, column 0")


def test_unparsable_int_as_vcenter_told_rbvmomi() -> None:
    """github.com/mwrock/kitchen-vsphere issue 6."""
    device = '<deviceChange><operation>add</operation><device xsi:type="VirtualE1000"><key>E1000</key></device></deviceChange>'
    text = refusal(SPEC.format(device)).message
    assert text.startswith('Cannot parse "E1000" as an int value\n\nwhile parsing serialized value of type int\nat line 3, column ')
    assert (
        '\n\nwhile parsing property "key" of static type int\n\nwhile parsing serialized DataObject of type vim.vm.device.VirtualE1000\n'
        in text
    )
    assert '\n\nwhile parsing property "deviceChange" of static type ArrayOfVirtualDeviceConfigSpec\n\n' in text


def test_unknown_method_as_vcenter_5_5_told_yavijava() -> None:
    """github.com/yavijava/yavijava issue 181."""
    fault = refusal('<GetResourceUsageNow xmlns="urn:vim25"><_this type="VirtualMachine">vm-1</_this></GetResourceUsageNow>', RBVMOMI)
    assert fault_name(fault) == "vmodl.fault.InvalidRequest"
    assert fault.message == (
        "Unable to resolve WSDL method name GetResourceUsageNow for namespace name urn:vim25\n\nwhile parsing SOAP body\n"
        "at line 1, column 167\n\nwhile parsing SOAP envelope\nat line 1, column 0\n\n"
        "while parsing HTTP request before method was determined\nat line 1, column 0"
    )


def test_first_element_must_be_this() -> None:
    """github.com/bhoriuchi/vsphere-connect issue 12."""
    call = '<SearchDatastore_Task xmlns="urn:vim25"><datastorePath>/</datastorePath></SearchDatastore_Task>'
    assert refusal(call).message.startswith(
        "Got <datastorePath> tag when expecting <_this> tag\n\nwhile parsing call information for method S"
    )


@pytest.mark.parametrize(
    ("call", "trouble", "fault"),
    [
        (SPEC.format("<nmae>x</nmae>"), 'Unexpected element tag "nmae" seen', "InvalidRequest"),
        # a live vCenter 8 refuses elements that are known, but out of order
        (SPEC.format("<numCPUs>1</numCPUs><name>x</name>"), 'Unexpected element tag "name" seen', "InvalidRequest"),
        (SPEC.format("<name>x</name><name>y</name>"), 'Unexpected element tag "name" seen', "InvalidRequest"),
        (SPEC.format("<name><b>x</b></name>"), 'Unexpected element tag "b" seen', "InvalidRequest"),
        (SPEC.format('<x:name xmlns:x="urn:x">x</x:name>'), 'Unexpected element tag "name" seen', "InvalidRequest"),
        (SPEC.format("junk"), 'Unexpected text "junk" seen', "InvalidRequest"),
        (CLONE.format(COMPLETE), 'Unexpected element tag "template" seen', "InvalidRequest"),
        (CLONE.format(""), "Required property template is missing from data object of type VirtualMachineCloneSpec", "InvalidRequest"),
        (SPEC.replace("<spec>{}</spec>", ""), "Required parameter spec is missing", "InvalidRequest"),
        (
            SPEC.replace("<_this ", "<!-- --><that ").replace("</_this>", "</that>"),
            "Got <that> tag when expecting <_this> tag",
            "InvalidRequest",
        ),
        ('<PowerOffVM_Task xmlns="urn:vim25"/>', "Required parameter _this is missing", "InvalidRequest"),
        (CLONE_OK.replace("<spec>", "<x>").replace("</spec>", "</x>"), 'Unexpected element tag "x" seen', "InvalidRequest"),
        (SPEC.format("<numCPUs>2147483648</numCPUs>"), 'Cannot parse "2147483648" as an int value', "InvalidRequest"),
        (SPEC.format("<numCPUs>1_0</numCPUs>"), 'Cannot parse "1_0" as an int value', "InvalidRequest"),
        (SPEC.format("<memoryMB>9223372036854775808</memoryMB>"), 'Cannot parse "9223372036854775808" as a long value', "InvalidRequest"),
        (SPEC.format("<memoryHotAddEnabled>yes</memoryHotAddEnabled>"), 'Cannot parse "yes" as a boolean value', "InvalidRequest"),
        (
            SPEC.format('<cpuAllocation xsi:type="VirtualMachineConfigSpec"/>'),
            "Type VirtualMachineConfigSpec is not a subtype",
            "InvalidType",
        ),
        (SPEC.format('<cpuAllocation xsi:type="Rubbish"/>'), "Unable to resolve WSDL type name Rubbish for namespace", "InvalidType"),
        (SPEC.format('<name xsi:type="xsd:int">x</name>'), "Type int is not a subtype of string", "InvalidType"),
        (
            SPEC.format("<deviceChange><device/></deviceChange>"),
            "Required property key is missing from data object of type VirtualDevice",
            "Inv",
        ),
        (CLONE_OK.replace('type="Folder"', 'type="Rubbish"'), 'Error processing attribute "type" with value "Rubbish"', "InvalidType"),
        (
            CLONE_OK.replace('type="Folder"', 'type="HostSystem"'),
            'Error processing attribute "type" with value "HostSystem"',
            "InvalidType",
        ),
        (CLONE_OK.replace(' type="Folder"', ""), 'Error processing attribute "type" with value ""', "InvalidType"),
        (OPTIONS.format("<changedValue><key>a</key><value>5</value></changedValue>"), "Missing xsi:type attribute", "InvalidRequest"),
        (
            OPTIONS.format('<changedValue><key>a</key><value xsi:type="xsd:void"/></changedValue>'),
            "Unable to resolve WSDL type",
            "InvalidType",
        ),
        (
            OPTIONS.format('<changedValue><key>a</key><value xsi:type="ArrayOfInt"><x>1</x></value></changedValue>'),
            "Unexpected element",
            "Inv",
        ),
        ('<Login xmlns="urn:vim2"/>', 'Unsupported namespace "urn:vim2" in content of SOAP body', "InvalidRequest"),
        ("<Login/>", 'Unsupported namespace "" in content of SOAP body', "InvalidRequest"),
        ("", "Expected one method in the SOAP body, got 0", "InvalidRequest"),
    ],
)
def test_refusals(call: str, trouble: str, fault: str) -> None:
    refused = refusal(call)
    assert refused.message.startswith(trouble)
    assert fault_name(refused).startswith(f"vmodl.fault.{fault}")


def test_an_unknown_type_is_told_with_the_path_of_its_argument() -> None:
    device = '<deviceChange><operation>add</operation><device xsi:type="VirtualE2000"><key>1</key></device></deviceChange>'
    assert refusal(SPEC.format(device)).fault.argument == "spec.deviceChange.device"


def test_nothing_long_is_repeated() -> None:
    assert len(refusal(SPEC.format(f"<numCPUs>{'9' * 100_000}</numCPUs>")).message) < 2000


@pytest.mark.parametrize(
    ("action", "version"),
    [
        ('"urn:vim25/5.5"', "vim.version.version9"),
        ("urn:vim25/8.0.3.0", "vim.version.v8_0_3_0"),
        ("urn:vim25/7.0", "vim.version.v7_0"),  # govc 0.26
        ('"urn:vim25/8.0.2.9"', "vim.version.v8_0_2_0"),
        ('"urn:internalvim25/6.7"', "vim.version.version12"),  # PowerCLI
        (None, "vim.version.v9_0_0_0"),
        ('""', "vim.version.v9_0_0_0"),
        ("urn:vim25/", "vim.version.v9_0_0_0"),
    ],
)
def test_the_version_that_a_client_speaks(action: str | None, version: str) -> None:
    assert read(CLONE_OK, action=action).version == version


@pytest.mark.parametrize("action", ['"urn:vim25/99.0"', "urn:vim25/uDEADBEEF", "urn:vim25/1.0", "urn:vim25/8.0.3.0.0.0"])
def test_a_version_that_does_not_exist(action: str) -> None:
    uri = action.strip('"')
    assert refusal(CLONE_OK, action=action).message.startswith(f'Unsupported version URI "{uri}"\n\nwhile parsing SOAP body')


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (PYVMOMI.replace("schemas.xmlsoap.org/soap/envelope", "www.w3.org/2003/05/soap-envelope"), "VersionMismatch"),
        ("<html/>{}", "Client"),
        ('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header/></e:Envelope>', "Client"),
    ],
)
def test_what_is_no_soap_envelope(document: str, code: str) -> None:
    body = document.replace("{}", "").encode()
    with pytest.raises(SoapError) as raised:
        decode(parse(body))
    assert raised.value.code == code


def test_deep_nesting_is_refused_and_does_no_harm() -> None:
    selection = '<selectSet xsi:type="TraversalSpec"><type>Folder</type><path>childEntity</path>'
    depth = 90
    call = (
        '<CreateFilter xmlns="urn:vim25"><_this type="PropertyCollector">pc</_this><spec><propSet><type>Folder</type></propSet>'
        f'<objectSet><obj type="Folder">f</obj>{selection * depth}{"</selectSet>" * depth}</objectSet></spec>'
        "<partialUpdates>false</partialUpdates></CreateFilter>"
    )
    spec = read(call).args["spec"].objectSet[0]
    for _ in range(depth):
        spec = spec.selectSet[0]
    assert spec.selectSet == []


def test_malformed_xml_is_an_invalid_request() -> None:
    fault = malformed("mismatched tag")
    assert isinstance(fault, VimFault)
    assert fault_name(fault) == "vmodl.fault.InvalidRequest"
    assert "mismatched tag" in fault.message
