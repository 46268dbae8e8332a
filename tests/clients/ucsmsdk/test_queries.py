"""Every way to look objects up, every filter, and answers with what is under them."""

from __future__ import annotations

from typing import Any

import pytest
from ucsmsdk.ucsbasetype import FilterFilter
from ucsmsdk.ucsfilter import create_basic_filter
from ucsmsdk.ucsfiltertype import AndFilter, NotFilter, OrFilter
from ucsmsdk.ucsmethodfactory import (
    config_count_class,
    config_find_dependencies,
    config_find_dns_by_class_id,
    config_resolve_children,
    config_resolve_class,
    config_resolve_classes,
    config_resolve_dns,
    config_resolve_parent,
    config_scope,
)

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import ask, dns, refused

BLADES = [f"sys/chassis-{chassis}/blade-{slot}" for chassis in (1, 2) for slot in (1, 2, 3, 4)]


# -- objects -----------------------------------------------------------------------------------------------------------------------


def test_a_class(ucs: Any) -> None:
    blades = ucs.query_classid("ComputeBlade")
    assert dns(blades) == BLADES
    assert {blade.get_class_id() for blade in blades} == {"ComputeBlade"}


def test_a_dn(ucs: Any) -> None:
    blade = ucs.query_dn(BLADES[0])
    assert (blade.chassis_id, blade.slot_id, blade.rn, blade.server_id) == ("1", "1", "blade-1", "1/1")
    assert ucs.query_dn("sys/chassis-9/blade-1") is None
    assert ucs.query_dn("nonsense") is None


def test_several_dns_with_those_that_are_not_there(ucs: Any) -> None:
    found = ucs.query_dns(BLADES[1], "sys/switch-A", "org-root/org-nowhere")
    assert found[BLADES[1]].dn == BLADES[1]
    assert (found["sys/switch-A"].id, found["org-root/org-nowhere"]) == ("A", None)


def test_several_classes(ucs: Any) -> None:
    found = ucs.query_classids("ComputeBlade", "NetworkElement", "OrgOrg")
    assert {name: len(objects) for name, objects in found.items()} == {"ComputeBlade": 8, "NetworkElement": 2, "OrgOrg": 1}


def test_an_abstract_class_stands_for_those_that_are_of_it(ucs: Any) -> None:
    servers = ucs.query_classid("computePhysical")
    assert dns(servers) == BLADES


def test_children(ucs: Any) -> None:
    assert dns(ucs.query_children(in_dn="sys/chassis-1", class_id="ComputeBlade")) == BLADES[:4]
    assert {child.dn.rpartition("/")[0] for child in ucs.query_children(in_dn="sys/chassis-1")} == {"sys/chassis-1"}
    assert ucs.query_children(in_dn=BLADES[0], class_id="EquipmentFan") == []


def test_the_parent(ucs: Any) -> None:
    (chassis,) = ucs.process_xml_elem(config_resolve_parent(cookie=ucs.cookie, dn=BLADES[4]))
    assert chassis.dn == "sys/chassis-2"
    assert ucs.process_xml_elem(config_resolve_parent(cookie=ucs.cookie, dn="sys")) == []


@pytest.mark.parametrize(("recursive", "count"), [("true", 4), ("false", 0)])
def test_a_scope(ucs: Any, recursive: str, count: int) -> None:
    scope = config_scope(cookie=ucs.cookie, dn="sys/chassis-1", in_class="processorUnit", in_filter=None, in_recursive=recursive)
    found = [one for one in ucs.process_xml_elem(scope) if one.dn.startswith("sys/chassis-1/blade-1/")]
    assert len(found) == count // 2
    direct = config_scope(cookie=ucs.cookie, dn="sys/chassis-1", in_class="computeBlade", in_filter=None, in_recursive=recursive)
    assert dns(ucs.process_xml_elem(direct)) == BLADES[:4]


def test_dns_of_a_class(ucs: Any) -> None:
    found = ucs.process_xml_elem(config_find_dns_by_class_id(cookie=ucs.cookie, class_id="computeBlade", in_filter=None))
    assert sorted(one.value for one in found) == BLADES


def test_counts(ucs: Any) -> None:
    answer = ucs.process_xml_elem(config_count_class(cookie=ucs.cookie, class_id="computeBlade", in_filter=None))
    assert str(answer.out_count) == "8"
    wanted = where("eq", "chassisId", value="2")
    answer = ucs.process_xml_elem(config_count_class(cookie=ucs.cookie, class_id="computeBlade", in_filter=wanted))
    assert str(answer.out_count) == "4"


def test_what_depends_on_an_object(ucs: Any) -> None:
    profile = ucs.query_classid("lsServer")[0]
    answer = ask(ucs, "configFindDependencies", cookie=ucs.cookie, dn=profile.pn_dn, inReturnConfigs="yes")
    assert answer.get("outHasDep") == "yes"
    assert profile.dn in {one.get("dn") for one in answer.iter("lsServer")}
    with refused("102"):
        ucs.process_xml_elem(config_find_dependencies(cookie=ucs.cookie, dn="org-root/org-x", in_return_configs="no"))


# -- with what is under them ---------------------------------------------------------------------------------------------------------


def test_a_hierarchy_is_all_that_is_under_an_object(ucs: Any) -> None:
    found = ucs.query_dn(BLADES[0], hierarchy=True)
    assert found[0].dn == BLADES[0]
    assert len(found) > 40
    assert all(one.dn == BLADES[0] or one.dn.startswith(f"{BLADES[0]}/") for one in found)
    by_class = ucs.query_classid("processorUnit")
    assert dns(one for one in found if one.get_class_id() == "ProcessorUnit") == dns(
        one for one in by_class if one.dn.startswith(f"{BLADES[0]}/")
    )


def test_a_hierarchy_is_nested_as_the_tree_is(ucs: Any) -> None:
    answer = ask(ucs, "configResolveDn", cookie=ucs.cookie, dn=BLADES[0], inHierarchical="true")
    (blade,) = answer.iterfind("outConfig/computeBlade")
    assert blade.get("dn") == BLADES[0]
    board = next(child for child in blade if child.tag == "computeBoard")
    assert (board.get("rn"), board.get("dn")) == ("board", None)
    assert "processorUnit" in {child.tag for child in board}


def test_the_hierarchy_of_a_class(ucs: Any) -> None:
    found = ucs.query_classid("equipmentChassis", hierarchy=True)
    assert {blade.dn for blade in found if blade.get_class_id() == "ComputeBlade"} == set(BLADES)


# -- filters -------------------------------------------------------------------------------------------------------------------------


def where(kind: str, prop: str, of: str = "computeBlade", **values: str) -> FilterFilter:
    """An inFilter of one property filter."""
    made = FilterFilter()
    made.child_add(one(kind, prop, of, **values))
    return made


def one(kind: str, prop: str, of: str = "computeBlade", **values: str) -> Any:
    """A property filter."""
    return create_basic_filter(f"{kind.capitalize()}Filter", class_=of, property=prop, **values)


def both(composite: Any, *parts: Any) -> FilterFilter:
    """An inFilter that combines others."""
    for part in parts:
        composite.child_add(part)
    made = FilterFilter()
    made.child_add(composite)
    return made


def slots(ucs: Any, wanted: FilterFilter) -> list[str]:
    """The blades that a filter lets through, as 1/2."""
    found = ucs.process_xml_elem(config_resolve_class(cookie=ucs.cookie, class_id="computeBlade", in_filter=wanted))
    return sorted(blade.server_id for blade in found)


ALL = [f"{chassis}/{slot}" for chassis in (1, 2) for slot in (1, 2, 3, 4)]
CASES = [
    ("eq", "serverId", {"value": "2/3"}, ["2/3"]),
    ("ne", "serverId", {"value": "2/3"}, [slot for slot in ALL if slot != "2/3"]),
    ("gt", "slotId", {"value": "3"}, ["1/4", "2/4"]),
    ("ge", "slotId", {"value": "3"}, ["1/3", "1/4", "2/3", "2/4"]),
    ("lt", "slotId", {"value": "2"}, ["1/1", "2/1"]),
    ("le", "slotId", {"value": "1"}, ["1/1", "2/1"]),
    ("gt", "totalMemory", {"value": "9999"}, ALL),  # as text it would be none: 262144 < 9999
    ("bw", "slotId", {"first_value": "2", "second_value": "3"}, ["1/2", "1/3", "2/2", "2/3"]),
    ("wcard", "dn", {"value": "chassis-1/blade-[13]$"}, ["1/1", "1/3"]),
    ("wcard", "model", {"value": "^UCSB-B200"}, ALL),
    ("wcard", "model", {"value": "^B200"}, []),
    ("anybit", "connPath", {"value": "A,unknown"}, ALL),
    ("allbits", "connPath", {"value": "A,B"}, ALL),
    ("allbits", "connPath", {"value": "A,unknown"}, []),
]


@pytest.mark.parametrize(("kind", "prop", "values", "expected"), CASES)
def test_property_filters(ucs: Any, kind: str, prop: str, values: dict[str, str], expected: list[str]) -> None:
    assert slots(ucs, where(kind, prop, **values)) == expected


def test_filters_combine(ucs: Any) -> None:
    first, third = one("eq", "chassisId", value="1"), one("eq", "slotId", value="3")
    assert slots(ucs, both(AndFilter(), first, third)) == ["1/3"]
    assert slots(ucs, both(OrFilter(), first, third)) == ["1/1", "1/2", "1/3", "1/4", "2/3"]
    assert slots(ucs, both(NotFilter(), third)) == ["1/1", "1/2", "1/4", "2/1", "2/2", "2/4"]
    either = OrFilter()
    either.child_add(one("eq", "slotId", value="1"))
    either.child_add(one("eq", "slotId", value="2"))
    assert slots(ucs, both(AndFilter(), first, either)) == ["1/1", "1/2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('(slot_id, "2")', ["1/2", "2/2"]),
        ('(model, "ucsb-b200-m5", type="eq", flag="I")', []),  # the SDK makes a character class of it, and eq compares literally
        ('(model, "ucsb-b200-m5", flag="I")', ALL),
        ('(slot_id, 2, type="ge") and (slot_id, 4, type="lt") and (chassis_id, 2, type="eq")', ["2/2", "2/3"]),
        ('not (chassis_id, 1, type="eq")', ["2/1", "2/2", "2/3", "2/4"]),
    ],
)
def test_the_sdks_filter_strings(ucs: Any, text: str, expected: list[str]) -> None:
    assert sorted(blade.server_id for blade in ucs.query_classid("ComputeBlade", filter_str=text)) == expected


def test_children_can_be_filtered(ucs: Any) -> None:
    wanted = where("eq", "slotId", value="2")
    found = config_resolve_children(cookie=ucs.cookie, class_id="computeBlade", in_dn="sys/chassis-2", in_filter=wanted)
    assert dns(ucs.process_xml_elem(found)) == ["sys/chassis-2/blade-2"]


# -- bad input -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["noSuchClass", "", "computeBlade ", "\u00e4", "../x"])
def test_a_class_that_there_is_not(ucs: Any, name: str) -> None:
    answer = ask(ucs, "configResolveClass", cookie=ucs.cookie, classId=name)
    assert answer.get("errorCode") == "ERR-xml-parse-error"
    assert answer.get("invocationResult") == "594"


@pytest.mark.parametrize(
    "content",
    [
        '<inFilter><eq class="computeBlade" property="noSuch" value="1"/></inFilter>',
        '<inFilter><eq class="noSuch" property="dn" value="1"/></inFilter>',
        '<inFilter><eq class="computeBlade" property="dn"/></inFilter>',
        '<inFilter><like class="computeBlade" property="dn" value="1"/></inFilter>',
        '<inFilter><wcard class="computeBlade" property="dn" value="(["/></inFilter>',
        "<inFilter><not/></inFilter>",
        "<inFilter><and/></inFilter>",
        '<inFilter><eq class="computeBlade" property="dn" value="1"/><eq class="computeBlade" property="dn" value="1"/></inFilter>',
        "<inSomething/>",
    ],
)
def test_filters_that_are_none(ucs: Any, content: str) -> None:
    answer = ask(ucs, "configResolveClass", content, cookie=ucs.cookie, classId="computeBlade")
    assert answer.get("errorCode") == "ERR-xml-parse-error"
    assert answer.get("response") == "yes"


@pytest.mark.timeout(10)
def test_a_pattern_that_backtracks_takes_no_time(ucs: Any) -> None:
    assert slots(ucs, where("wcard", "model", value="(((U|C|S|B|-)*)*)*x$")) == []


def test_what_the_sdk_sends_for_classes_and_dns_is_understood(ucs: Any, simulated: Datacenter) -> None:
    from ucsmsdk.ucsbasetype import ClassId, ClassIdSet, Dn, DnSet

    ids, wanted = ClassIdSet(), DnSet()
    for value in ("fabricVlan", "fabricVlan"):
        made = ClassId()
        made.value = value
        ids.child_add(made)
    for value in ("sys", "sys"):
        named = Dn()
        named.value = value
        wanted.child_add(named)
    found = ucs.process_xml_elem(config_resolve_classes(cookie=ucs.cookie, in_ids=ids))
    assert len(dns(found)) == len(set(dns(found)))
    assert [system.name for system in ucs.process_xml_elem(config_resolve_dns(cookie=ucs.cookie, in_dns=wanted))] == [ucs.ucs]
