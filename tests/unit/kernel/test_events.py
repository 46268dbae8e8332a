"""The envelope on the wire, and the catalogue of types."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from dcsim.events import Actor, Catalogue, Envelope, decode_envelope, encode_envelope, raw_payload

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


class PowerChanged(msgspec.Struct, frozen=True):
    """The VM was switched on or off."""

    before: str
    after: str


EVENT = Envelope(
    id="e-1",
    source="/dcsim/world-1",
    type="dcsim.vm.power.changed",
    subject="vm-1",
    time=NOW,
    simulated_time=NOW,
    sequence=12,
    aggregate_sequence=3,
    actor=Actor(principal="alice", agent="govc/0.56", api="vsphere", operation="PowerOffVM_Task", request_id="r-1"),
    causation_id="e-0",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    site="site-1",
    data=raw_payload(PowerChanged("on", "off")),
)


def test_envelope_survives_the_wire() -> None:
    assert decode_envelope(encode_envelope(EVENT)) == EVENT
    assert EVENT.payload(PowerChanged) == PowerChanged("on", "off")


def test_wire_form_is_one_json_object_with_the_payload_inside() -> None:
    wire = json.loads(encode_envelope(EVENT))
    assert wire["data"] == {"before": "on", "after": "off"}
    assert wire["time"] == "2026-11-23T12:30:00Z"
    assert wire["actor"]["principal"] == "alice"


def test_newer_producers_may_add_attributes() -> None:
    wire = json.loads(encode_envelope(EVENT)) | {"added_later": 1}
    assert decode_envelope(json.dumps(wire, separators=(",", ":")).encode()) == EVENT


def test_payload_of_another_shape_is_refused() -> None:
    class Other(msgspec.Struct):
        missing: int

    with pytest.raises(msgspec.ValidationError):
        EVENT.payload(Other)


def test_catalogue_knows_what_was_declared() -> None:
    types = Catalogue()
    declared = types.declare("dcsim.vm.power.changed", title="VM power changed", subject="vm", payload=PowerChanged)
    assert types.get("dcsim.vm.power.changed") is declared
    assert declared.doc == "The VM was switched on or off."
    assert list(types) == [declared]
    assert types.get("dcsim.vm.power.unheard") is None


@pytest.mark.parametrize(
    "name", ["vm.power.changed", "dcsim.vm.changed", "dcsim.Vm.power.changed", "dcsim.vm.power.changed.", "dcsim..a.b"]
)
def test_malformed_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="form"):
        Catalogue().declare(name, title="", subject="vm", payload=PowerChanged)


def test_duplicates_are_refused() -> None:
    types = Catalogue()
    types.declare("dcsim.vm.power.changed", title="", subject="vm", payload=PowerChanged)
    with pytest.raises(ValueError, match="twice"):
        types.declare("dcsim.vm.power.changed", title="", subject="vm", payload=PowerChanged)
