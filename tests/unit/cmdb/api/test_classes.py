"""The vocabulary that error messages point to."""

from __future__ import annotations

from cmdb.model import CLASSES, RELATIONS
from tests.unit.cmdb.api.conftest import Api


async def test_every_class_is_listed_with_its_attributes(api: Api) -> None:
    found = {one["name"]: one for one in await api.get("/cmdb/classes")}
    assert set(found) == set(CLASSES)
    power = CLASSES["VirtualMachine"].attributes["power"]
    assert {"name": "power", "type": "text", "indexed": power.indexed} in found["VirtualMachine"]["attributes"]
    assert found["VirtualMachine"]["labels"] == list(CLASSES["VirtualMachine"].labels)


async def test_every_relation_is_listed_with_its_rule(api: Api) -> None:
    found = await api.get("/cmdb/relation-types")
    assert [(one["name"], one["source"], one["target"]) for one in found] == [(one.name, one.source, one.target) for one in RELATIONS]
    assert all(one["impact"] for one in found)


async def test_what_an_error_names_is_there(api: Api) -> None:
    refused = await api.call("GET", "/cmdb/cis?class=Nothing")
    assert refused.status == 400
    assert "/cmdb/classes" in refused.body["detail"]
