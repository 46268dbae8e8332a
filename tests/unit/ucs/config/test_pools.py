"""Pools: blocks, counters, drawing and giving back."""

from __future__ import annotations

import pytest

from emulators.ucs.refusals import Refusal
from tests.unit.ucs.config.lab import UcsLab

MACS = "org-root/mac-pool-macs"


class TestBlocks:
    """What a block may be."""

    def test_the_pool_counts_its_addresses(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        ucs.put("macpoolBlock", f"{MACS}/block-00:25:B5:01:00:00-00:25:B5:01:00:0F")
        assert ucs.props(MACS, "size", "assigned") == ("32", "0")
        ucs.delete("macpoolBlock", f"{MACS}/block-00:25:B5:01:00:00-00:25:B5:01:00:0F")
        assert ucs.prop(MACS, "size") == "16"

    @pytest.mark.parametrize(
        ("block", "code"),
        [
            ("00:25:B5:01:00:00-00:25:B5:01:03:E8", "150"),
            ("00:25:B5:01:00:10-00:25:B5:01:00:00", "ERR-xml-parse-error"),
            ("00:25:B5:00:00:10-00:25:B5:00:00:20", "103"),
            ("00:25:B5:00:00:02-00:25:B5:00:00:03", "103"),
        ],
        ids=["too large", "upside down", "overlaps at the end", "inside another"],
    )
    def test_refused_blocks_leave_the_pool_as_it_was(self, ucs: UcsLab, block: str, code: str) -> None:
        ucs.mac_pool()
        with pytest.raises(Refusal) as refused:
            ucs.put("macpoolBlock", f"{MACS}/block-{block}")
        assert refused.value.error_code == code
        assert ucs.prop(MACS, "size") == "16"

    def test_a_thousand_addresses_are_not_too_many(self, ucs: UcsLab) -> None:
        ucs.mac_pool(first="00:25:B5:00:00:00", last="00:25:B5:00:03:E7")
        assert ucs.prop(MACS, "size") == "1000"

    def test_blocks_of_other_pools_may_not_overlap_either(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        with pytest.raises(Refusal):
            ucs.mac_pool("others")

    def test_uuid_suffixes_may_repeat_under_another_prefix(self, ucs: UcsLab) -> None:
        ucs.uuid_pool()
        dn = ucs.put("uuidpoolPool", "org-root/uuid-pool-other", prefix="AAAAAAAA-2FA1-11D2")
        ucs.put("uuidpoolBlock", f"{dn}/block-from-0000-000000000001-to-0000-000000000010")
        assert ucs.prop(dn, "size") == "16"

    @pytest.mark.parametrize(
        "props", [{"subnet": "255.255.255.0", "defGw": "10.9.0.1"}, {"subnet": "255.255.255.240"}, {"subnet": "255.0.255.0"}]
    )
    def test_ip_blocks_stay_in_their_subnet(self, ucs: UcsLab, props: dict[str, str]) -> None:
        with pytest.raises(Refusal):
            ucs.put("ippoolBlock", "org-root/ip-pool-ext-mgmt/block-10.0.0.10-10.0.0.30", **props)
        assert ucs.prop("org-root/ip-pool-ext-mgmt", "size") in {"", "0"}

    def test_iqn_blocks(self, ucs: UcsLab) -> None:
        dn = ucs.put("iqnpoolPool", "org-root/iqn-pool-iqns", prefix="iqn.2026-01.com.example")
        ucs.put("iqnpoolBlock", f"{dn}/block-host-from-1-to-8")
        ucs.put("iqnpoolBlock", f"{dn}/block-blade-from-1-to-8")
        with pytest.raises(Refusal):
            ucs.put("iqnpoolBlock", f"{dn}/block-host-from-8-to-9")
        assert ucs.prop(dn, "size") == "16"


class TestDrawing:
    """What profiles get."""

    def test_sequential_pools_give_the_lowest(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        assert ucs.prop(f"{ucs.profile()}/ether-eth0", "addr") == "00:25:B5:00:00:01"

    def test_others_give_the_highest(self, ucs: UcsLab) -> None:
        ucs.mac_pool(order="default")
        assert ucs.prop(f"{ucs.profile()}/ether-eth0", "addr") == "00:25:B5:00:00:10"

    def test_the_pooled_object_tells_who_has_an_address(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        dn = ucs.profile()
        pooled = f"{MACS}/00:25:B5:00:00:01"
        assert ucs.props(pooled, "assigned", "assignedToDn", "id") == ("yes", f"{dn}/ether-eth0", "00:25:B5:00:00:01")
        ucs.delete("lsServer", dn)
        assert ucs.props(pooled, "assigned", "assignedToDn", "prevAssignedToDn") == ("no", "", f"{dn}/ether-eth0")
        assert ucs.prop(MACS, "assigned") == "0"

    def test_what_was_given_back_is_drawn_again(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        first = ucs.profile("one")
        ucs.profile("two")
        ucs.delete("lsServer", first)
        assert ucs.prop(f"{ucs.profile('three')}/ether-eth0", "addr") == "00:25:B5:00:00:01"

    def test_blocks_and_pools_in_use_stay(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        ucs.profile()
        for class_id, dn in (("macpoolBlock", f"{MACS}/block-00:25:B5:00:00:01-00:25:B5:00:00:10"), ("macpoolPool", MACS)):
            with pytest.raises(Refusal) as refused:
                ucs.delete(class_id, dn)
            assert refused.value.error_code == "105"
        assert ucs.props(MACS, "size", "assigned") == ("16", "1")

    def test_an_exhausted_pool_is_a_problem_until_something_is_given_back(self, ucs: UcsLab) -> None:
        ucs.mac_pool(last="00:25:B5:00:00:01")
        ucs.uuid_pool()
        first, second = ucs.profile("one"), ucs.profile("two")
        assert ucs.props(second, "configState", "configQualifier") == ("failed-to-apply", "mac-address-assignment")
        assert ucs.fault_codes(second) == ["service-profile-configuration-failed"]
        assert ucs.fault_codes(MACS) == ["identity-pool-empty"]
        ucs.delete("lsServer", first)
        assert ucs.prop(second, "configState") == "not-applied"
        assert ucs.fault_codes(second) == ucs.fault_codes(MACS) == []

    def test_addresses_of_a_users_own_are_taken_in_the_pool(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        dn = ucs.put("lsServer", "org-root/ls-own")
        ucs.put("vnicEther", f"{dn}/ether-eth0", addr="00:25:B5:00:00:01")
        assert ucs.prop(MACS, "assigned") == "1"
        assert ucs.prop(f"{ucs.profile()}/ether-eth0", "addr") == "00:25:B5:00:00:02"
        other = ucs.put("lsServer", "org-root/ls-thief")
        ucs.put("vnicEther", f"{other}/ether-eth0", addr="00:25:B5:00:00:01")
        assert ucs.prop(other, "configQualifier") == "duplicate-address-conflict"

    def test_addresses_given_before_the_block_was_there(self, ucs: UcsLab) -> None:
        dn = ucs.put("lsServer", "org-root/ls-own")
        ucs.put("vnicEther", f"{dn}/ether-eth0", addr="00:25:B5:00:00:01")
        ucs.mac_pool()
        assert ucs.prop(f"{MACS}/00:25:B5:00:00:01", "assignedToDn") == f"{dn}/ether-eth0"

    def test_another_pool_gives_another_address_and_gets_none_back(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        ucs.mac_pool("more", "00:25:B5:77:00:01", "00:25:B5:77:00:02")
        dn = ucs.profile()
        ucs.put("vnicEther", f"{dn}/ether-eth0", identPoolName="more")
        assert ucs.prop(f"{dn}/ether-eth0", "addr") == "00:25:B5:77:00:01"
        assert (ucs.prop(MACS, "assigned"), ucs.prop("org-root/mac-pool-more", "assigned")) == ("0", "1")

    def test_a_users_own_address_in_place_of_a_drawn_one(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        dn = ucs.profile()
        ucs.put("vnicEther", f"{dn}/ether-eth0", addr="00:25:B5:99:99:99")
        assert ucs.prop(MACS, "assigned") == "0"
        ucs.put("vnicEther", f"{dn}/ether-eth0", addr="derived")
        assert ucs.prop(f"{dn}/ether-eth0", "addr") == "00:25:B5:00:00:01"

    def test_world_wide_names(self, ucs: UcsLab) -> None:
        for name, octet in (("wwpns", "01"), ("wwnns", "02")):
            pool = ucs.put("fcpoolInitiators", f"org-root/wwn-pool-{name}", assignmentOrder="sequential")
            ucs.put("fcpoolBlock", f"{pool}/block-20:00:00:25:B5:{octet}:00:00-20:00:00:25:B5:{octet}:00:0F")
        dn = ucs.put("lsServer", "org-root/ls-fc")
        assert ucs.prop("org-root/wwn-pool-wwnns", "assigned") == "0", "no node name without a vHBA"
        ucs.put("vnicFcNode", f"{dn}/fc-node", identPoolName="wwnns")
        ucs.put("vnicFc", f"{dn}/fc-fc0", identPoolName="wwpns")
        assert ucs.props(f"{dn}/fc-fc0", "addr", "nodeAddr") == ("20:00:00:25:B5:01:00:00", "20:00:00:25:B5:02:00:00")
        assert ucs.entity(dn).wwnn == "20:00:00:25:b5:02:00:00"
        ucs.delete("vnicFc", f"{dn}/fc-fc0")
        assert ucs.prop(f"{dn}/fc-node", "addr") == "pool-derived"
        assert [ucs.prop(f"org-root/wwn-pool-{name}", "assigned") for name in ("wwpns", "wwnns")] == ["0", "0"]

    def test_management_addresses(self, ucs: UcsLab) -> None:
        pool = "org-root/ip-pool-ext-mgmt"
        ucs.put("ippoolBlock", f"{pool}/block-10.0.0.10-10.0.0.20", subnet="255.255.255.0", defGw="10.0.0.1")
        dn = ucs.put("lsServer", "org-root/ls-ip", extIPState="pooled")
        assert ucs.props(f"{dn}/ipv4-pooled-addr", "addr", "defGw", "subnet") == ("10.0.0.20", "10.0.0.1", "255.255.255.0")
        assert ucs.props(pool, "assigned", "v4Assigned", "v4Size") == ("1", "1", "11")
        ucs.put("lsServer", dn, extIPState="none")
        assert not ucs.has(f"{dn}/ipv4-pooled-addr")
        assert ucs.prop(pool, "assigned") == "0"

    def test_templates_draw_nothing(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        ucs.uuid_pool()
        dn = ucs.profile(type="updating-template")
        assert ucs.prop(dn, "uuid") == ucs.prop(f"{dn}/ether-eth0", "addr") == "derived"
        assert ucs.prop(MACS, "assigned") == "0"
