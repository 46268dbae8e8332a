"""Transactions: what clients may write, and that a refusal changes nothing."""

from __future__ import annotations

import pytest

from emulators.ucs.config.changes import MoChange
from emulators.ucs.refusals import Refusal
from tests.unit.ucs.config.lab import UcsLab

ORG = "org-root/org-prod"


def org(status: str = "", **props: str) -> MoChange:
    """A change of one organisation."""
    return MoChange(class_id="orgOrg", dn=ORG, status=status, props=props)


class TestStatus:
    """What ``status`` asks."""

    def test_created_must_be_new(self, ucs: UcsLab) -> None:
        ucs.configure(org("created"))
        with pytest.raises(Refusal) as refused:
            ucs.configure(org("created"))
        assert refused.value.error_code == "103"

    def test_modified_must_be_there(self, ucs: UcsLab) -> None:
        with pytest.raises(Refusal) as refused:
            ucs.configure(org("modified", descr="x"))
        assert refused.value.error_code == "102"

    @pytest.mark.parametrize("status", ["", "created,modified"])
    def test_otherwise_either(self, ucs: UcsLab, status: str) -> None:
        ucs.configure(org(status, descr="one"))
        ucs.configure(org(status, descr="two"))
        assert ucs.prop(ORG, "descr") == "two"

    def test_deleted_goes_with_all_under_it(self, ucs: UcsLab) -> None:
        ucs.configure(org())
        ucs.put("macpoolPool", f"{ORG}/mac-pool-x")
        ucs.delete("orgOrg", ORG)
        assert not ucs.has(ORG)
        assert not ucs.has(f"{ORG}/mac-pool-x")
        with pytest.raises(Refusal) as refused:
            ucs.delete("orgOrg", ORG)
        assert refused.value.error_code == "102"

    def test_an_unknown_status(self, ucs: UcsLab) -> None:
        with pytest.raises(Refusal):
            ucs.configure(org("perhaps"))


class TestWholeOrNot:
    """All pairs or none."""

    def test_one_bad_pair_spoils_all(self, ucs: UcsLab) -> None:
        sequence = ucs.world.sequence
        with pytest.raises(Refusal):
            ucs.configure(org(descr="x"), MoChange(class_id="macpoolPool", dn="org-root/org-nowhere/mac-pool-x"))
        assert not ucs.has(ORG)
        assert ucs.world.sequence == sequence

    def test_a_bad_child_spoils_its_parent(self, ucs: UcsLab) -> None:
        child = MoChange(class_id="macpoolPool", rn="mac-pool-x", props={"assignmentOrder": "random"})
        with pytest.raises(Refusal):
            ucs.configure(MoChange(class_id="orgOrg", dn=ORG, children=(child,)))
        assert not ucs.has(ORG)

    def test_the_order_of_pairs_does_not_matter(self, ucs: UcsLab) -> None:
        found = ucs.configure(MoChange(class_id="macpoolPool", dn=f"{ORG}/mac-pool-x"), org())
        assert found == (f"{ORG}/mac-pool-x", ORG)

    def test_what_goes_with_its_parent_may_be_deleted_too(self, ucs: UcsLab) -> None:
        pool = MoChange(class_id="macpoolPool", dn=f"{ORG}/mac-pool-x")
        ucs.configure(org(), pool)
        ucs.configure(org("deleted"), MoChange(class_id="macpoolPool", dn=pool.dn, status="deleted"))
        assert not ucs.has(ORG)

    def test_later_pairs_see_earlier_ones(self, ucs: UcsLab) -> None:
        found = ucs.configure(org(), MoChange(class_id="macpoolPool", dn=f"{ORG}/mac-pool-x"))
        assert found == (ORG, f"{ORG}/mac-pool-x")


class TestNames:
    """DNs, relative names and naming properties."""

    def test_children_are_named_by_rn_or_properties(self, ucs: UcsLab) -> None:
        by_rn = MoChange(class_id="macpoolPool", rn="mac-pool-a")
        by_name = MoChange(class_id="macpoolPool", props={"name": "b"})
        by_dn = MoChange(class_id="macpoolPool", dn=f"{ORG}/mac-pool-c")
        ucs.configure(MoChange(class_id="orgOrg", dn=ORG, children=(by_rn, by_name, by_dn)))
        assert [ucs.prop(f"{ORG}/mac-pool-{name}", "name") for name in "abc"] == ["a", "b", "c"]

    @pytest.mark.parametrize(
        "change",
        [
            MoChange(class_id="macpoolPool", dn="org-root/mac-pool-a", props={"name": "b"}),
            MoChange(class_id="macpoolPool", dn="org-root/mac-pool-a", rn="mac-pool-b"),
            MoChange(class_id="macpoolPool", dn="org-root/uuid-pool-a"),
            MoChange(class_id="macpoolPool", dn="", props={"descr": "x"}),
            MoChange(class_id="macpoolPool", dn="org-root/mac-pool-sp ace"),
            MoChange(class_id="noSuchThing", dn="org-root/x"),
            MoChange(class_id="orgOrg", dn="org-root/org-x", props={"colour": "red"}),
            MoChange(class_id="orgOrg", dn="org-root/org-x", props={"descr": "x" * 300}),
            MoChange(class_id="fabricVlan", dn="fabric/lan/net-x", props={"id": "abc"}),
            MoChange(class_id="fabricVlan", dn="fabric/lan/net-x", props={"id": "4095"}),
            MoChange(class_id="fabricVlan", dn="fabric/lan/net-x"),
        ],
        ids=["name", "rn", "pattern", "no name", "space", "class", "property", "length", "not a number", "range", "missing"],
    )
    def test_malformed_changes(self, ucs: UcsLab, change: MoChange) -> None:
        with pytest.raises(Refusal) as refused:
            ucs.configure(change)
        assert (refused.value.error_code, refused.value.result) == ("ERR-xml-parse-error", "594")


class TestAccess:
    """What is not the client's to write."""

    def test_read_only_properties(self, ucs: UcsLab) -> None:
        with pytest.raises(Refusal) as refused:
            ucs.put("macpoolPool", "org-root/mac-pool-x", size="9")
        assert refused.value.error_code == "107"

    def test_properties_fixed_at_creation_can_be_said_again_but_not_changed(self, ucs: UcsLab) -> None:
        dn = ucs.put("lsServer", "org-root/ls-tt", type="updating-template")
        ucs.put("lsServer", dn, type="updating-template", descr="x")
        with pytest.raises(Refusal) as refused:
            ucs.put("lsServer", dn, type="instance")
        assert refused.value.error_code == "107"

    @pytest.mark.parametrize(
        ("class_id", "dn"),
        [
            ("macpoolPool", "fabric/lan/mac-pool-x"),
            ("computeBlade", "sys/chassis-1/blade-8"),
            ("macpoolPooled", "org-root/mac-pool-default/00:25:B5:00:00:01"),
            ("lsPower", "org-root/org-prod/power"),
        ],
        ids=["wrong parent", "hardware", "the system's", "no service profile"],
    )
    def test_what_cannot_be_created(self, ucs: UcsLab, class_id: str, dn: str) -> None:
        ucs.configure(org())
        with pytest.raises(Refusal) as refused:
            ucs.put(class_id, dn)
        assert refused.value.error_code in {"102", "105"}

    def test_what_cannot_be_deleted(self, ucs: UcsLab) -> None:
        dn = ucs.put("lsServer", "org-root/ls-xx")
        for class_id, one in (("lsPower", f"{dn}/power"), ("computeBlade", "sys/chassis-1/blade-1"), ("orgOrg", "org-root")):
            with pytest.raises(Refusal) as refused:
                ucs.delete(class_id, one)
            assert refused.value.error_code == "105"

    def test_settings_of_hardware(self, ucs: UcsLab) -> None:
        ucs.put("computeBlade", "sys/chassis-1/blade-1", usrLbl="first")
        ucs.put("computeBlade", "sys/chassis-1/blade-1", descr="left")
        assert ucs.props("sys/chassis-1/blade-1", "usrLbl", "descr") == ("first", "left")
        assert ucs.mo("sys/chassis-1/blade-1").overrides
        ucs.put("computeBlade", "sys/chassis-1/blade-1", usrLbl="")
        assert ucs.props("sys/chassis-1/blade-1", "usrLbl", "descr") == ("", "left")
        with pytest.raises(Refusal):
            ucs.put("computeBlade", "sys/chassis-1/blade-1", serial="mine")

    def test_organisations_are_five_deep(self, ucs: UcsLab) -> None:
        dn = "org-root"
        for level in range(1, 6):
            dn = ucs.put("orgOrg", f"{dn}/org-{level}")
        assert ucs.prop(dn, "level") == "5"
        with pytest.raises(Refusal):
            ucs.put("orgOrg", f"{dn}/org-6")

    def test_an_organisation_in_use_stays(self, ucs: UcsLab) -> None:
        ucs.configure(org())
        ucs.put("lsServer", f"{ORG}/ls-xx")
        ucs.bind(f"{ORG}/ls-xx")
        with pytest.raises(Refusal) as refused:
            ucs.delete("orgOrg", ORG)
        assert refused.value.error_code == "105"
