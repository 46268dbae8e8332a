"""What clients sent to a real vCenter 8.0.3 (pyVmomi's own recordings), sent here: the answers have the same structure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from emulators.vsphere.call import Services
from tests.unit.vsphere.core.wire import PASSWORD, USER, Wire

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
REFERENCE = re.compile(r">((?:session\[[^<]+)|(?:[a-z]+-[a-z]?[0-9]+))<")
RECORDINGS = ["basic_connection", "smart_connection", "basic_connection_bad_password", "root_folder_parent", "basic_container_view"]


class Loader(yaml.SafeLoader):
    """YAML as vcrpy wrote it with Python 2."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, _, node: loader.construct_scalar(node))


def exchanges(file: Path) -> Iterator[tuple[str, str, int, str]]:
    """(request body, SOAPAction, status, response body) of every SOAP exchange."""
    for exchange in yaml.load(file.read_text(), Loader)["interactions"]:  # noqa: S506 - a SafeLoader with one constructor for text
        request, response = exchange["request"], exchange["response"]
        if request["method"] == "POST":
            yield request["body"], request["headers"]["SOAPAction"][0], response["status"]["code"], _text(response["body"]["string"])


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def shape(answer: str | bytes) -> set[str]:
    """Every path of elements in an answer, with the types that it tells."""
    found: set[str] = set()

    def walk(element: Any, path: str) -> None:
        here = f"{path}/{etree.QName(element).localname}"
        kinds = [element.get(XSI_TYPE, ""), element.get("type", "")]
        found.add(here + "".join(f" {kind}" for kind in kinds if kind))
        for child in element:
            walk(child, here)

    root = etree.fromstring(answer.encode() if isinstance(answer, str) else answer)
    walk(root[0][0], "")
    return found


@pytest.mark.parametrize("name", RECORDINGS)
async def test_a_recorded_session_gets_answers_of_the_same_structure(samples: Path, services: Services, name: str) -> None:
    wire = Wire(services)
    ours: dict[str, str] = {}
    for body, action, status, recorded in exchanges(samples / "vsphere" / "pyvmomi-recordings" / f"{name}.yaml"):
        request = body.replace("my_user", USER).replace("my_password", PASSWORD)
        for theirs, own in ours.items():
            request = request.replace(theirs, own)
        reply = await wire.send(request.encode(), action)
        assert reply.status == status, reply.body
        ours.update(zip(REFERENCE.findall(recorded), REFERENCE.findall(reply.body.decode()), strict=False))
        told, expected = shape(reply.body), shape(recorded)
        if "/rootFolder" in recorded:
            # A real vCenter has more managers; those that are announced here are named and typed alike.
            assert told <= expected
            missing = expected - told
            assert all(re.fullmatch(r"/\w+/returnval/\w+ \w+", path) for path in missing), missing
        else:
            assert told == expected
