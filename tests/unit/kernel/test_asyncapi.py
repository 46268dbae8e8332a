"""The AsyncAPI document: every type of the catalogue, every reference leads somewhere, an event on the bus fits its message."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from cmdb.events import TOPIC  # importing declares the CMDB's types
from dcsim.bus.asyncapi import asyncapi
from dcsim.bus.streams import partition_of, stream_key
from dcsim.events import catalogue, encode_envelope
from emulators.service import EngineService  # importing declares the engine's types
from tests.contract.bus.harness import envelope

assert (EngineService.name, TOPIC) == ("engine", "cmdb")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document as clients read it."""
    return json.loads(json.dumps(asyncapi(catalogue, version="1")))


def test_every_type_has_a_message_and_an_operation(document: dict[str, Any]) -> None:
    names = {message["name"] for message in document["components"]["messages"].values()}
    assert names == {declared.name for declared in catalogue}
    assert "dcsim.compute.vm.powered_off" in names
    spoken = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert set(document["operations"]) == spoken == set(document["components"]["messages"])
    assert "dcsim_cmdb_ci_updated" in document["channels"]["cmdb"]["messages"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)))
    assert references
    for reference in references:
        found: Any = document
        for part in reference.split("/"):
            found = found[part]
        assert found


def test_the_channel_is_where_events_are(document: dict[str, Any]) -> None:
    channel = document["channels"]["engine"]
    partition = str(partition_of("vm-1"))
    assert partition in channel["parameters"]["partition"]["enum"]
    assert channel["address"].format(partition=partition) == stream_key("engine", int(partition))


def test_an_event_has_the_attributes_that_the_envelope_says(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Envelope"]
    event = json.loads(encode_envelope(envelope(1, "vm-1")))
    assert set(schema["required"]) <= set(event)
    assert set(event) - {"data"} <= set(schema["properties"])
