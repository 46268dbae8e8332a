"""The CMDB's vocabulary: what must hold of every class and relation, and what the questions about them answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cmdb.model import (
    CLASSES,
    RELATIONS,
    attributes_of,
    checked_attributes,
    class_of,
    concrete_classes,
    is_a,
    relation_between,
)
from cmdb.model.classes.compute import VirtualMachine
from cmdb.model.declare import Item, Text, ci_class, relation
from cmdb.model.rules import ALL_OF, AnyOf, Capacity, KOfN, Restart
from dcsim.errors import InvalidArgument


@pytest.mark.parametrize("cls", sorted(CLASSES))
def test_every_class_says_what_the_api_shows(cls: str) -> None:
    declared = CLASSES[cls]
    assert declared.labels[0] == "CI"
    assert declared.labels[-1] == cls
    assert declared.doc
    assert declared.table
    assert declared.icon
    assert declared.family
    assert declared.abstract or declared.identifiers, "nothing tells two of them apart"


@pytest.mark.parametrize("cls", sorted(CLASSES))
def test_identifiers_are_indexed_attributes_or_the_name(cls: str) -> None:
    declared = CLASSES[cls]
    for name in {name for identifier in declared.identifiers for name in identifier} - {"name"}:
        assert declared.attributes[name].indexed


def test_an_attribute_has_one_type_in_all_classes() -> None:
    types: dict[str, set[str]] = {}
    for declared in CLASSES.values():
        for attribute in declared.attributes.values():
            types.setdefault(attribute.name, set()).add(attribute.type)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


def test_figures_name_their_unit() -> None:
    plain = {
        "units",
        "cores",
        "threads",
        "sockets",
        "cpus",
        "cpus_given",
        "slot",
        "port",
        "number",
        "vlan",
        "mtu",
        "criticality",
        "failures_to_tolerate",
    }
    for declared in CLASSES.values():
        for attribute in declared.attributes.values():
            if attribute.type in {"integer", "number"}:
                assert attribute.name in plain or attribute.name.rpartition("_")[2] in {"bytes", "mhz", "mib"}, attribute.name


@pytest.mark.parametrize("declared", RELATIONS, ids=lambda one: f"{one.source}-{one.name}-{one.target}")
def test_every_relation_has_an_upper_snake_verb_and_says_why(declared: Any) -> None:
    assert declared.name.isupper()
    assert declared.name.replace("_", "").isalpha()
    assert declared.doc.endswith(".")
    assert declared.impact.code.isupper()


def test_impact_has_no_cycle_between_classes_but_known_ones() -> None:
    """Two CIs of a cycle of classes could hold each other down for ever; an application may call another, and nothing else."""
    needs: dict[str, set[str]] = {}
    for declared in RELATIONS:
        if declared.impact.spreads and declared.name not in {"UPLINKS_BY", "DEPENDS_ON"}:
            for source in concrete_classes(declared.source):
                needs.setdefault(source, set()).update(concrete_classes(declared.target))
    done: set[str] = set()

    def visit(cls: str, path: tuple[str, ...]) -> None:
        assert cls not in path, " -> ".join((*path, cls))
        if cls not in done:
            for target in sorted(needs.get(cls, ())):
                visit(target, (*path, cls))
            done.add(cls)

    for cls in sorted(needs):
        visit(cls, ())


@pytest.mark.parametrize(
    ("source", "verb", "target", "rule"),
    [
        ("VirtualMachine", "RUNS_ON", "Hypervisor", Restart()),
        ("Hypervisor", "RUNS_ON", "Blade", ALL_OF),
        ("Blade", "MOUNTED_IN", "Chassis", ALL_OF),
        ("Chassis", "POWERED_BY", "PowerSupply", AnyOf("power")),
        ("Hypervisor", "MEMBER_OF", "Cluster", Capacity()),
        ("Application", "NEEDS", "VirtualMachine", KOfN()),
        ("Volume", "STORED_ON", "Datastore", ALL_OF),
    ],
)
def test_relations_are_found_by_the_nearest_classes(source: str, verb: str, target: str, rule: Any) -> None:
    assert relation_between(source, verb, target).impact == rule


def test_a_fact_about_place_spreads_nothing() -> None:
    assert not relation_between("Blade", "LOCATED_IN", "Rack").impact.spreads
    assert relation_between("Blade", "MOUNTED_IN", "Chassis").impact.spreads


def test_labels_inherit() -> None:
    assert class_of("VirtualMachine").labels == ("CI", "Compute", "VirtualMachine")
    assert concrete_classes("Server") == ("Blade", "RackServer")
    assert is_a("Blade", "Hardware")
    assert not is_a("Hardware", "Blade")


def test_typed_attributes_leave_out_what_is_unknown() -> None:
    assert attributes_of(VirtualMachine(power="on", cpus=2, template=False)) == {"power": "on", "cpus": 2, "template": False}


def test_attributes_from_outside_are_checked_by_name() -> None:
    given = {"power": "on", "cpus": 2, "macs": ["a", "b"], "annotation": None}
    assert checked_attributes("VirtualMachine", given) == {"power": "on", "cpus": 2, "macs": ("a", "b")}


@pytest.mark.parametrize(
    ("attributes", "field"),
    [
        ({"power": 3}, "power"),
        ({"cpus": "2"}, "cpus"),
        ({"cpus": True}, "cpus"),
        ({"cpus": 1 << 63}, "cpus"),
        ({"template": 1}, "template"),
        ({"macs": "00:11"}, "macs"),
        ({"macs": ["a", 1]}, "macs"),
        ({"spin": "up"}, "spin"),
    ],
)
def test_a_wrong_attribute_is_named(attributes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        checked_attributes("VirtualMachine", attributes)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "ask",
    [
        lambda: class_of("Spaceship"),
        lambda: concrete_classes("Spaceship"),
        lambda: relation_between("Blade", "ADMIRES", "Chassis"),
        lambda: relation_between("Chassis", "MOUNTED_IN", "Blade"),
    ],
)
def test_what_is_not_declared_is_refused(ask: Callable[[], object]) -> None:
    with pytest.raises(InvalidArgument):
        ask()


def test_bad_declarations_fail_when_they_are_imported() -> None:
    with pytest.raises(TypeError, match="its base must be a declared class"):
        ci_class()(VirtualMachine)

    class Reserved(Item, frozen=True, kw_only=True):
        version: Text = None

    class Untyped(Item, frozen=True, kw_only=True):
        thing: dict[str, str] | None = None

    for bad in (Reserved, Untyped):
        with pytest.raises(TypeError, match="not an attribute type, a reserved name"):
            ci_class(identifiers=(("site",),))(bad)
    with pytest.raises(TypeError, match="declared twice"):
        relation("RUNS_ON", "VirtualMachine", "Hypervisor", ALL_OF, "again")
    assert not {"Reserved", "Untyped"} & set(CLASSES)
