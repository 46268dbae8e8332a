"""Names up the organisations, vNIC templates, connectivity policies, and service profile templates."""

from __future__ import annotations

import pytest

from emulators.ucs.config.changes import EstimateImpact, Impact, MoChange
from emulators.ucs.config.renaming import RenameMo
from emulators.ucs.config.templates import MakeProfiles
from emulators.ucs.refusals import Refusal
from emulators.world.identity import host_identity
from tests.unit.ucs.config.lab import UcsLab

T = "org-root/ls-tt"


class TestNames:
    """``operXName``."""

    def test_the_nearest_organisation_counts(self, ucs: UcsLab) -> None:
        ucs.put("orgOrg", "org-root/org-a")
        ucs.put("lsbootPolicy", "org-root/boot-policy-san")
        dn = ucs.put("lsServer", "org-root/org-a/ls-xx", bootPolicyName="san")
        assert ucs.prop(dn, "operBootPolicyName") == "org-root/boot-policy-san"
        ucs.put("lsbootPolicy", "org-root/org-a/boot-policy-san")
        assert ucs.prop(dn, "operBootPolicyName") == "org-root/org-a/boot-policy-san"
        ucs.delete("lsbootPolicy", "org-root/org-a/boot-policy-san")
        assert ucs.prop(dn, "operBootPolicyName") == "org-root/boot-policy-san"

    def test_what_is_below_is_not_seen(self, ucs: UcsLab) -> None:
        ucs.put("orgOrg", "org-root/org-a")
        ucs.put("lsbootPolicy", "org-root/org-a/boot-policy-own")
        dn = ucs.put("lsServer", "org-root/ls-xx", bootPolicyName="own")
        assert ucs.prop(dn, "operBootPolicyName") == "org-root/boot-policy-default"

    def test_no_name_means_the_default_where_there_must_be_one(self, ucs: UcsLab) -> None:
        dn = ucs.put("lsServer", "org-root/ls-xx")
        assert ucs.props(dn, "operMaintPolicyName", "operBiosProfileName") == ("org-root/maint-default", "")


class TestInterfaces:
    """vNIC templates and LAN connectivity policies."""

    @pytest.fixture
    def lan(self, ucs: UcsLab) -> UcsLab:
        ucs.mac_pool()
        ucs.vlan("app", 20)
        ucs.vlan("db", 30)
        networks = (MoChange(class_id="vnicEtherIf", rn="if-app"),)
        for name in ("updating", "initial"):
            props = {"templType": f"{name}-template", "mtu": "9000", "switchId": "B", "identPoolName": "macs"}
            ucs.configure(MoChange(class_id="vnicLanConnTempl", dn=f"org-root/lan-conn-templ-{name}", props=props, children=networks))
        ucs.put("lsServer", "org-root/ls-xx")
        return ucs

    def test_an_interface_is_as_its_template_says(self, lan: UcsLab) -> None:
        dn = lan.put("vnicEther", "org-root/ls-xx/ether-eth0", nwTemplName="updating")
        assert lan.props(dn, "mtu", "switchId", "addr") == ("9000", "B", "00:25:B5:00:00:01")
        assert lan.props(f"{dn}/if-app", "vnet", "operVnetDn", "switchId") == ("20", "fabric/lan/net-app", "B")

    @pytest.mark.parametrize(("kind", "followed"), [("updating", True), ("initial", False)])
    def test_only_updating_templates_are_followed(self, lan: UcsLab, kind: str, followed: bool) -> None:
        dn = lan.put("vnicEther", "org-root/ls-xx/ether-eth0", nwTemplName=kind)
        lan.put("vnicLanConnTempl", f"org-root/lan-conn-templ-{kind}", mtu="1500")
        lan.put("vnicEtherIf", f"org-root/lan-conn-templ-{kind}/if-db")
        lan.delete("vnicEtherIf", f"org-root/lan-conn-templ-{kind}/if-app")
        assert lan.prop(dn, "mtu") == ("1500" if followed else "9000")
        assert (lan.has(f"{dn}/if-db"), lan.has(f"{dn}/if-app")) == ((True, False) if followed else (False, True))

    def test_a_policy_gives_a_profile_its_interfaces_and_takes_them(self, lan: UcsLab) -> None:
        own = lan.put("vnicEther", "org-root/ls-xx/ether-own", identPoolName="macs")
        policy = lan.put("vnicLanConnPolicy", "org-root/lan-conn-pol-two")
        for name in ("eth0", "eth1"):
            lan.put("vnicEther", f"{policy}/ether-{name}", nwTemplName="updating")
        lan.put("vnicConnDef", "org-root/ls-xx/conn-def", lanConnPolicyName="two")
        assert lan.props("org-root/ls-xx/ether-eth1", "owner", "mtu") == ("conn_policy", "9000")
        assert lan.has("org-root/ls-xx/ether-eth0/if-app")
        lan.delete("vnicEther", f"{policy}/ether-eth1")
        assert not lan.has("org-root/ls-xx/ether-eth1")
        lan.put("vnicLanConnTempl", "org-root/lan-conn-templ-updating", mtu="1600")
        assert lan.prop("org-root/ls-xx/ether-eth0", "mtu") == "1600"
        lan.put("vnicConnDef", "org-root/ls-xx/conn-def", lanConnPolicyName="")
        assert not lan.has("org-root/ls-xx/ether-eth0")
        assert lan.has(own)
        assert lan.prop("org-root/mac-pool-macs", "assigned") == "1"

    def test_the_order_on_the_bus(self, lan: UcsLab) -> None:
        for name, order in (("a", "2"), ("b", "1"), ("c", "unspecified")):
            lan.put("vnicEther", f"org-root/ls-xx/ether-{name}", order=order, identPoolName="macs")
        assert [lan.prop(f"org-root/ls-xx/ether-{name}", "operOrder") for name in "abc"] == ["2", "1", "3"]

    def test_a_network_that_is_not_there_is_a_warning(self, lan: UcsLab) -> None:
        dn = lan.put("vnicEther", "org-root/ls-xx/ether-eth0", identPoolName="macs")
        lan.put("vnicEtherIf", f"{dn}/if-late")
        assert lan.fault_codes(dn) == ["named-network-unresolved"]
        lan.vlan("late", 40)
        assert lan.fault_codes(dn) == []
        assert lan.prop(f"{dn}/if-late", "vnet") == "40"


class TestProfileTemplates:
    """Instances, bound or not."""

    @pytest.fixture
    def made(self, ucs: UcsLab) -> UcsLab:
        ucs.mac_pool()
        ucs.uuid_pool()
        vnic = MoChange(class_id="vnicEther", rn="ether-eth0", props={"identPoolName": "macs"})
        props = {"type": "updating-template", "identPoolName": "uuids", "bootPolicyName": "default"}
        ucs.configure(MoChange(class_id="lsServer", dn=T, props=props, children=(vnic,)))
        return ucs

    def make(self, ucs: UcsLab, **fields: object) -> tuple[str, ...]:
        given = {"domain": ucs.domain, "source": T, "organisation": "org-root", "bound": True, **fields}
        dns: tuple[str, ...] = ucs.do(MakeProfiles(**given))  # type: ignore[arg-type]
        return dns

    def test_instances_have_what_the_template_has_and_identities_of_their_own(self, made: UcsLab) -> None:
        first, second = self.make(made, names=("aa", "bb"))
        assert made.props(first, "type", "operSrcTemplName", "bootPolicyName") == ("instance", T, "default")
        assert [made.prop(f"{dn}/ether-eth0", "addr") for dn in (first, second)] == ["00:25:B5:00:00:01", "00:25:B5:00:00:02"]
        assert made.prop(second, "uuid").endswith("000000000002")

    def test_numbered_names_fill_gaps(self, made: UcsLab) -> None:
        made.put("lsServer", "org-root/ls-esx2")
        assert self.make(made, prefix="esx", count=2) == ("org-root/ls-esx1", "org-root/ls-esx3")

    def test_a_taken_name_spoils_all_unless_it_may_be_skipped(self, made: UcsLab) -> None:
        made.put("lsServer", "org-root/ls-bb")
        with pytest.raises(Refusal) as refused:
            self.make(made, names=("aa", "bb"))
        assert refused.value.error_code == "103"
        assert not made.has("org-root/ls-aa")
        assert self.make(made, names=("aa", "bb"), skip_existing=True) == ("org-root/ls-aa",)

    @pytest.mark.parametrize(
        "fields",
        [
            {"names": ("x y",)},
            {"names": ("ok",), "organisation": "org-root/org-none"},
            {"names": ("ok",), "source": "org-root/ls-none"},
            {"prefix": "p", "count": 0},
            {"prefix": "p", "count": 1000},
        ],
    )
    def test_refusals(self, made: UcsLab, fields: dict[str, object]) -> None:
        with pytest.raises(Refusal):
            self.make(made, **fields)

    def test_updating_templates_are_followed_and_initial_ones_not(self, made: UcsLab) -> None:
        (bound,) = self.make(made, names=("aa",))
        made.put("lsServer", "org-root/ls-ii", type="initial-template", identPoolName="uuids")
        (free,) = self.make(made, names=("bb",), source="org-root/ls-ii")
        for template in (T, "org-root/ls-ii"):
            made.put("lsServer", template, descr="changed", powerPolicyName="hot")
            made.put("vnicEther", f"{template}/ether-eth1", identPoolName="macs")
        assert (made.prop(bound, "powerPolicyName"), made.has(f"{bound}/ether-eth1")) == ("hot", True)
        assert (made.prop(free, "powerPolicyName"), made.has(f"{free}/ether-eth1")) == ("", False)

    def test_what_a_template_says_cannot_be_changed_until_it_is_unbound(self, made: UcsLab) -> None:
        (dn,) = self.make(made, names=("aa",))
        for change in (
            MoChange(class_id="vnicEther", dn=f"{dn}/ether-eth0", props={"mtu": "9000"}),
            MoChange(class_id="vnicEther", dn=f"{dn}/ether-eth5"),
            MoChange(class_id="vnicEther", dn=f"{dn}/ether-eth0", status="deleted"),
            MoChange(class_id="lsServer", dn=dn, props={"bootPolicyName": "other"}),
        ):
            with pytest.raises(Refusal, match="unbind"):
                made.configure(change)
        made.put("lsServer", dn, usrLbl="mine", bootPolicyName="default")
        made.put("lsPower", f"{dn}/power", state="down")
        made.put("lsServer", dn, srcTemplName="")
        made.put("vnicEther", f"{dn}/ether-eth0", mtu="9000")
        made.put("vnicEther", f"{T}/ether-eth0", mtu="1600")
        assert made.prop(f"{dn}/ether-eth0", "mtu") == "9000"

    def test_binding_a_profile_makes_it_like_the_template(self, made: UcsLab) -> None:
        dn = made.put("lsServer", "org-root/ls-own")
        made.put("vnicEther", f"{dn}/ether-other", identPoolName="macs")
        made.put("lsServer", dn, srcTemplName="tt")
        assert made.has(f"{dn}/ether-eth0")
        assert not made.has(f"{dn}/ether-other")

    def test_clones_and_templates_of_profiles(self, made: UcsLab) -> None:
        (dn,) = self.make(made, names=("aa",))
        (clone,) = self.make(made, source=dn, names=("cc",), bound=False)
        (template,) = self.make(made, source=dn, names=("ttt",), bound=False, kind="initial-template")
        assert made.prop(f"{clone}/ether-eth0", "addr") == "00:25:B5:00:00:02"
        assert made.props(template, "type", "uuid") == ("initial-template", "derived")
        with pytest.raises(Refusal, match="no template"):
            self.make(made, source=dn, names=("dd",))

    def test_a_template_with_a_server_pool_sends_its_instances_to_servers(self, made: UcsLab) -> None:
        made.put("computePool", "org-root/compute-pool-blades")
        for slot in (1, 2):
            made.put("computePooledSlot", f"org-root/compute-pool-blades/blade-1-{slot}")
        made.put("lsRequirement", f"{T}/pn-req", name="blades")
        first, second = self.make(made, names=("aa", "bb"))
        assert {made.prop(dn, "pnDn") for dn in (first, second)} == {"sys/chassis-1/blade-1", "sys/chassis-1/blade-2"}
        assert made.host_on("ucs/1/2").running

    def test_a_template_cannot_be_associated(self, made: UcsLab) -> None:
        with pytest.raises(Refusal, match="template"):
            made.bind(T)

    def test_a_change_of_the_template_reaches_the_host(self, made: UcsLab) -> None:
        (dn,) = self.make(made, names=("aa",))
        made.bind(dn)
        made.put("vnicEther", f"{T}/ether-eth1", identPoolName="macs")
        assert len(host_identity(made.state, made.host_on()).nics) == 2

    def test_the_impact_is_told_and_nothing_changes(self, made: UcsLab) -> None:
        (dn,) = self.make(made, names=("aa",))
        made.bind(dn)
        change = MoChange(class_id="vnicEther", dn=f"{T}/ether-eth1", props={"identPoolName": "macs"})
        sequence, host = made.world.sequence, made.host_on()
        impact: Impact = made.do(EstimateImpact(domain=made.domain, changes=(change,)))
        assert (impact.affected, impact.waiting) == ((dn,), ())
        assert (made.world.sequence, made.host_on()) == (sequence, host)
        made.put("lsmaintMaintPolicy", "org-root/maint-default", uptimeDisr="user-ack")
        waiting: Impact = made.do(EstimateImpact(domain=made.domain, changes=(change,)))
        assert (waiting.affected, waiting.waiting) == ((), (dn,))

    def test_renaming(self, made: UcsLab) -> None:
        (dn,) = self.make(made, names=("aa",))
        made.bind(dn)
        renamed = made.do(RenameMo(domain=made.domain, dn=dn, name="bb"))
        assert renamed == "org-root/ls-bb"
        assert not made.has(dn)
        assert made.props(renamed, "name", "assocState") == ("bb", "associated")
        assert made.prop("org-root/mac-pool-macs/00:25:B5:00:00:01", "assignedToDn") == f"{renamed}/ether-eth0"
        assert made.entity(renamed).name == "bb"
        assert made.host_on().running
        with pytest.raises(Refusal):
            made.do(RenameMo(domain=made.domain, dn=renamed, name="tt"))
        with pytest.raises(Refusal):
            made.do(RenameMo(domain=made.domain, dn="org-root/mac-pool-macs", name="tt"))
