"""Traffic of real clients and real vCenters: every request decodes, every property is written as vCenter wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyVmomi import SoapAdapter, vim

from dcsim.xml import parse
from emulators.vsphere.soap import envelope, faults, metadata
from emulators.vsphere.soap.decode import decode
from emulators.vsphere.soap.encode import Encoder

GOVC = Path(__file__).parent / "recordings" / "govc-0.26.1.json"


class Loader(yaml.SafeLoader):
    """YAML as vcrpy wrote it with Python 2."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, _, node: loader.construct_scalar(node))


def exchanges(samples: Path) -> Iterator[tuple[str, str | None, str]]:
    """Yield (request body, SOAPAction, response body) of every SOAP exchange in the recordings of pyVmomi's own tests."""
    for file in sorted((samples / "vsphere" / "pyvmomi-recordings").glob("*.yaml")):
        for exchange in yaml.load(file.read_text(), Loader)["interactions"]:  # noqa: S506 - a SafeLoader with one constructor for text
            body = exchange["request"]["body"]
            body = body.get("string") if isinstance(body, dict) else body
            if body:
                yield (
                    text(body),
                    (exchange["request"]["headers"].get("SOAPAction") or [None])[0],
                    text(exchange["response"]["body"]["string"]),
                )


def text(value: str | bytes) -> str:
    """Return a body as text."""
    return value.decode() if isinstance(value, bytes) else value


def test_every_recorded_request_of_pyvmomi_decodes(samples: Path) -> None:
    methods = [decode(parse(body.encode()), action, body.encode()).method.wire_name for body, action, _ in exchanges(samples)]
    assert len(methods) > 300
    assert {"Login", "Fetch", "CreateContainerView", "FindByUuid", "UpdateDateTime", "PbmCheckCompatibility"} <= set(methods)


@pytest.mark.parametrize("recorded", json.loads(GOVC.read_text())["requests"], ids=lambda recorded: recorded["method"])
def test_every_recorded_request_of_govc_decodes(recorded: dict[str, Any]) -> None:
    body = recorded["body"].encode()
    assert decode(parse(body), recorded["soap_action"], body).method.wire_name == recorded["method"]


def test_properties_are_written_as_vcenter_8_wrote_them(samples: Path) -> None:
    """Byte for byte: read each recorded property with pyVmomi's client, write it with our encoder."""
    compared = 0
    newest = Encoder(None)
    for _, _, answer in exchanges(samples):
        recorded = re.search(r"<FetchResponse xmlns=\"urn:vim25\">(<returnval.*</returnval>)</FetchResponse>", answer, re.DOTALL)
        if recorded is None:
            continue
        value = SoapAdapter.SoapResponseDeserializer(None).Deserialize(answer.encode(), object)
        written = newest.any("returnval", value, object).decode()
        assert normal(written) == normal(recorded.group(1))
        compared += 1
    assert compared > 200


def normal(xml: str) -> str:
    """Return the XML without differences that carry no meaning: one way to write an empty element, numbers and times."""
    xml = re.sub(r"<(\w+)([^<>]*)/>", r"<\1\2></\1>", xml)
    return re.sub(r"(T[0-9:]{8})(\.[0-9]*?)0*Z<", lambda found: found.group(1) + found.group(2).rstrip(".") + "Z<", xml)


def test_results_of_methods_are_written_as_vcenter_wrote_them(samples: Path) -> None:
    compared = set()
    for body, _, answer in exchanges(samples):
        method = decode(parse(body.encode())).method
        if method.wire_name == metadata.FETCH or "Fault>" in answer or 'Response xmlns="urn:vim25"' not in answer:
            continue  # some recordings were made with simulators that answer in urn:vim2
        result = SoapAdapter.SoapResponseDeserializer(None).Deserialize(answer.encode(), method.result)
        ours = envelope.response(method, result, "vim.version.v9_1_1_0").decode()
        assert inner(ours) == inner(answer)
        compared.add(method.wire_name)
    assert compared >= {"RetrieveServiceContent", "Login", "CreateContainerView", "FindByUuid"}


def inner(answer: str) -> str:
    """Return the body of an envelope, normalised."""
    found = re.search(r"<soapenv:Body>\s*(.*?)\s*</soapenv:Body>", answer, re.DOTALL)
    assert found is not None
    return normal(found.group(1))


def test_the_recorded_fault_is_read_and_written_alike(samples: Path) -> None:
    recorded = next(answer for _, _, answer in exchanges(samples) if "InvalidLoginFault" in answer)
    written = envelope.fault_envelope(faults.VimFault(vim.fault.InvalidLogin())).decode()
    assert inner(written) == inner(recorded)
