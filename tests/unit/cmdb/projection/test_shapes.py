"""The declarations read the engine's entities as the engine has them: same fields, same defaults (the bus leaves defaults out)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cmdb.projection import kinds  # noqa: F401 - importing registers the declarations
from cmdb.projection.declare import PROJECTIONS
from emulators.service import EngineService  # importing registers every kind of entity
from emulators.world.model import KINDS, as_builtins, decode_entity, encode_entity
from tests.unit.cmdb.projection.scene import Scene, story

assert EngineService.name == "engine"


def default_of(field: Any) -> Any:
    """A field's default as the bus would say it."""
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.to_builtins(field.default_factory())
    return msgspec.NODEFAULT if field.default is msgspec.NODEFAULT else field.default


def test_there_are_declarations_for_what_matters() -> None:
    assert {"vm", "blade", "rack_server", "nova_server", "neutron_network", "cinder_volume", "glance_image", "nova_flavor"} <= set(
        PROJECTIONS
    )
    assert set(PROJECTIONS) <= set(KINDS)


@pytest.mark.parametrize("kind", sorted(PROJECTIONS))
def test_shape_has_the_entity_s_fields_and_defaults(kind: str) -> None:
    entity = {field.name: field for field in msgspec.structs.fields(KINDS[kind])}
    for field in msgspec.structs.fields(PROJECTIONS[kind].shape):
        if field.name in {"slot", "unit"} and field.name not in entity:
            continue  # of the other sort of enclosure
        theirs = default_of(entity[field.name])
        if theirs is msgspec.NODEFAULT:
            continue  # the engine always says it
        ours = default_of(field)
        if isinstance(theirs, msgspec.Struct):
            assert msgspec.convert(msgspec.to_builtins(theirs), type(ours)) == ours, f"{kind}.{field.name}"
        else:
            assert ours == theirs, f"{kind}.{field.name}"


def test_an_entity_s_whole_and_its_journal_form_are_read_alike(scene: Scene) -> None:
    story(scene.lab)
    for entity in scene.lab.state:
        declared = PROJECTIONS.get(entity.KIND)
        if declared is not None:
            whole = msgspec.convert(as_builtins(entity), declared.shape)
            told = msgspec.convert(msgspec.msgpack.decode(encode_entity(entity)), declared.shape)
            assert whole == told
            assert decode_entity(entity.KIND, encode_entity(entity)) == entity
