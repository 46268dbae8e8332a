"""Every type and every method of pyVmomi's metadata, through our codec and through pyVmomi's, each way."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from pyVmomi import SoapAdapter

from dcsim.xml import parse
from emulators.vsphere.soap import envelope, metadata, values, versions, vmodl
from emulators.vsphere.soap.decode import decode
from emulators.vsphere.soap.encode import Encoder
from tests.unit.vsphere.soap.builder import Builder, canonical

SUPPORT = vmodl.support()
PARTS = 16
# Bookkeeping types of VMODL itself, which no request or answer has as a value of their own.
NO_VALUES = {"vmodl.LocalizedMethodFault", "DataObject", "vmodl.DataObject"}


def data_types(part: int) -> Iterator[Any]:
    """Yield the classes of one of PARTS shares of all data object types."""
    for name in sorted(SUPPORT.ListDataTypes()):
        if zlib.crc32(name.encode()) % PARTS == part and name not in NO_VALUES:
            yield vmodl.by_vmodl_name(name)


def newest(namespace: str) -> str:
    """Return the newest VMODL version of a service, announced or not."""
    name: str = SUPPORT.GetServiceVersions(namespace.removeprefix("urn:"))[0]
    return name


def method_in(namespace: str) -> metadata.MethodInfo:
    """Return some method of a service, for its Response element."""
    name = next(name for space, name in sorted(SUPPORT._wsdlMethodMap) if space == namespace)
    found = metadata.method(namespace, name)
    assert found is not None
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_what_we_encode_pyvmomi_reads_back(part: int) -> None:
    builder = Builder(seed=part)
    for cls in data_types(part):
        value = builder.instance(cls)
        namespace = vmodl.qualified_name(cls)[0]
        fragment = Encoder(None, namespace).any("returnval", value, object)
        answer = envelope.raw_response(method_in(namespace), fragment)
        read = SoapAdapter.SoapResponseDeserializer(None).Deserialize(answer, object)
        assert canonical(read) == canonical(value), cls.__name__


@pytest.mark.parametrize("part", range(PARTS))
def test_what_pyvmomi_encodes_we_read_as_it_does(part: int) -> None:
    builder = Builder(seed=1000 + part)
    for cls in data_types(part):
        version = newest(vmodl.qualified_name(cls)[0])
        text = SoapAdapter.SerializeToStr(builder.instance(cls), version=version).encode()
        ours = values.reader(object)(parse(text))
        assert canonical(ours) == canonical(SoapAdapter.Deserialize(text, object)), cls.__name__


@pytest.mark.parametrize("part", range(PARTS))
def test_every_method_s_request_from_pyvmomi_decodes(part: int) -> None:
    builder = Builder(seed=2000 + part)
    for info in metadata.methods()[part::PARTS]:
        stub = SoapAdapter.SoapStubAdapter(version=newest(info.namespace))
        arguments = builder.arguments(info)
        body = stub.SerializeRequest(info.managed("target-1"), getattr(info.managed, info.name).info, arguments)
        request = decode(parse(body), stub.versionId, body)
        assert request.method is info
        assert (request.target_type, request.target_id) == (info.managed, "target-1")
        for param, argument in zip(info.params, arguments, strict=True):
            if SUPPORT.IsChildVersion(stub.version, param.version):
                expected = [] if argument is None and param.is_array else argument
                assert canonical(request.args[param.name]) == canonical(expected, stub.version), info.wire_name


def test_the_metadata_is_all_there() -> None:
    assert len(SUPPORT.ListDataTypes()) >= 3977
    assert len(metadata.methods()) >= 1409


@pytest.mark.parametrize("version_id", ["5.5", "6.7", "7.0.3.2", versions.API_VERSION])
def test_an_older_client_gets_only_what_it_knows(version_id: str) -> None:
    version = versions.vmodl_version(version_id)
    assert version is not None
    builder = Builder(seed=7, fill=1.0, depth=2)
    for name in (
        "vim.vm.ConfigInfo",
        "vim.vm.RuntimeInfo",
        "vim.host.ConfigInfo",
        "vim.event.VmPoweredOnEvent",
        "vim.vm.device.VirtualNVDIMM",
    ):
        value = builder.instance(vmodl.by_vmodl_name(name))
        text = Encoder(version).any("val", value, object)
        root = parse(b'<r xmlns="urn:vim25" xmlns:xsi="%s" xmlns:xsd="%s">%s</r>' % (vmodl.XSI.encode(), vmodl.XSD.encode(), text))
        assert canonical(values.reader(object)(root[0])) == canonical(value, version), name
