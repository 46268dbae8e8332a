"""The schema: current with ucsmsdk, versioned, named and strict."""

from __future__ import annotations

import pytest

from emulators.ucs.refusals import Refusal
from emulators.ucs.schema import naming
from emulators.ucs.schema.abstract import ABSTRACT, concrete
from emulators.ucs.schema.build import MODEL, build
from emulators.ucs.schema.defaults import BY_CLASS, defaults
from emulators.ucs.schema.metadata import schema, version_key
from emulators.ucs.schema.validation import check_properties, is_valid

SCHEMA = schema()


def test_the_model_is_what_ucsmsdk_says_today() -> None:
    pytest.importorskip("ucsmsdk")
    assert MODEL.read_bytes() == build(), "run: python -m emulators.ucs.schema.build"


def test_versions_sort_as_releases_do() -> None:
    versions = ["4.2(3b)", "1.0(1e)", "4.10(1a)", "4.2(3a)", "4.2(12a)", "4.3(2b)"]
    assert sorted(versions, key=version_key) == ["1.0(1e)", "4.2(3a)", "4.2(3b)", "4.2(12a)", "4.3(2b)", "4.10(1a)"]
    with pytest.raises(ValueError, match="not a version"):
        version_key("four")


def test_what_came_later_is_hidden() -> None:
    newer = schema("6.0(2a)")
    assert set(SCHEMA.class_ids) < set(newer.class_ids)
    assert newer.find("computeCompTaskInfo") is not None
    assert SCHEMA.find("computeCompTaskInfo") is None
    assert "dualSlotPeerPcieNodeDn" in newer.get("computeBlade").props
    assert "dualSlotPeerPcieNodeDn" not in SCHEMA.get("computeBlade").props


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(Refusal, match=r"no class named computeBlad$") as caught:
        SCHEMA.get("computeBlad")
    assert (caught.value.error_code, caught.value.result) == ("ERR-xml-parse-error", "594")


@pytest.mark.parametrize(
    ("dn", "parts"),
    [
        ("", []),
        ("sys", ["sys"]),
        ("sys/chassis-1/blade-2", ["sys", "chassis-1", "blade-2"]),
        ("org-root/ls-a/rs-[org-root/ls-b]/x", ["org-root", "ls-a", "rs-[org-root/ls-b]", "x"]),
        ("a-[b/[c/d]]/e", ["a-[b/[c/d]]", "e"]),
    ],
)
def test_slashes_inside_brackets_divide_nothing(dn: str, parts: list[str]) -> None:
    assert naming.split(dn) == parts
    assert naming.divide(dn) == ("/".join(parts[:-1]), parts[-1] if parts else "")


@pytest.mark.parametrize(
    ("class_id", "props", "rn"),
    [
        ("lsServer", {"name": "web"}, "ls-web"),
        ("macpoolBlock", {"from": "00:25:B5:00:00:01", "to": "00:25:B5:00:00:09"}, "block-00:25:B5:00:00:01-00:25:B5:00:00:09"),
        ("lsBinding", {}, "pn"),
        ("equipmentFanModule", {"tray": "1", "id": "7"}, "fan-module-1-7"),
    ],
)
def test_relative_names_are_built_and_read_back(class_id: str, props: dict[str, str], rn: str) -> None:
    meta = SCHEMA.get(class_id)
    assert naming.rn_of(meta, props) == rn
    assert naming.naming_of(meta, rn) == props


def test_a_missing_naming_property_is_refused() -> None:
    with pytest.raises(Refusal, match="missing naming property name, class lsServer"):
        naming.rn_of(SCHEMA.get("lsServer"), {"descr": "x"})


def test_the_class_of_a_name_depends_on_where_it_stands() -> None:
    def at(dn: str) -> list[str]:
        return [meta.id for meta in naming.classes_at(SCHEMA, dn)]

    assert at("sys/chassis-1/blade-3") == ["computeBlade"]
    assert at("org-root/ls-web/ether-eth0") == ["vnicEther"]
    assert at("org-root/blade-3") == []
    assert "etherPIo" in at("sys/switch-A/slot-1/switch-ether/port-3")  # several classes have that name: the element's tag decides


@pytest.mark.parametrize(
    ("class_id", "name", "good", "bad"),
    [
        ("fabricVlan", "id", ["1", "4042", "4048"], ["abc", "0", "4043", "5000", "", "1.0", "-1", " 7"]),
        ("lsServer", "uuid", ["derived", "1b4e28ba-2fa1-11d2-0101-b9a761bde3fb"], ["1b4e28ba", "", "DERIVED"]),
        ("vnicEther", "addr", ["derived", "00:25:B5:00:00:01"], ["00:25:B5:00:00", "00:25:B5:00:00:0g"]),
        ("lsServer", "descr", ["", "a b"], ["x" * 257, "<script>"]),
        ("vnicEther", "order", ["unspecified", "0", "256"], ["257", "first"]),
        ("lsPower", "state", ["up", "admin-down"], ["off", ""]),
        ("lsServer", "name", ["ab", "a" * 32], ["a", "a" * 33, "a b", "a/b"]),
    ],
)
def test_values_are_held_to_type_range_set_length_and_pattern(class_id: str, name: str, good: list[str], bad: list[str]) -> None:
    prop = SCHEMA.get(class_id).props[name]
    assert [value for value in good if not is_valid(prop, value)] == []
    assert [value for value in bad if is_valid(prop, value)] == []


def test_access_is_held_to() -> None:
    server = SCHEMA.get("lsServer")
    assert check_properties(server, {"name": "web", "descr": "x", "dn": "org-root/ls-web", "status": "created"}, creating=True) == {
        "name": "web",
        "descr": "x",
    }
    with pytest.raises(Refusal, match="operState of lsServer is read-only"):
        check_properties(server, {"operState": "ok"}, creating=True)
    with pytest.raises(Refusal, match="type of lsServer can only be set at creation"):
        check_properties(server, {"type": "instance"}, creating=False)
    with pytest.raises(Refusal, match="unknown property colour, class lsServer"):
        check_properties(server, {"colour": "red"}, creating=True)


def test_every_abstract_class_stands_for_something() -> None:
    for class_id in ABSTRACT:
        assert concrete(SCHEMA, class_id), class_id
    assert [meta.id for meta in concrete(SCHEMA, "computeBlade")] == ["computeBlade"]


def test_defaults_of_enumerations_are_among_their_values() -> None:
    wrong = [
        (class_id, name, value)
        for class_id in SCHEMA.class_ids
        for name, value in defaults(SCHEMA.get(class_id)).items()
        if value and (rule := SCHEMA.get(class_id).props[name].restriction).values and not rule.pattern and not rule.ranges
        if value not in rule.values
    ]
    assert wrong == []
    assert set(BY_CLASS) <= set(SCHEMA.class_ids)
