"""Service profiles on their way to blades and away: identity, hosts, states, stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulators.ucs.config.changes import MoChange
from emulators.ucs.refusals import Refusal
from emulators.world.decide import ROOM
from emulators.world.decisions.components import ClearFault, InjectFault
from emulators.world.identity import host_identity
from emulators.world.model import BladePower, Connection, Timer
from tests.unit.ucs.config.lab import UcsLab

SERVER = "sys/chassis-1/blade-1"


@pytest.fixture
def ready(ucs: UcsLab) -> UcsLab:
    """Pools are there."""
    ucs.mac_pool()
    ucs.uuid_pool()
    return ucs


class TestAssociation:
    """At once."""

    def test_the_host_comes_up_with_the_profiles_identity(self, ready: UcsLab) -> None:
        dn = ready.profile()
        ready.bind(dn)
        assert ready.props(dn, "assocState", "assignState", "configState", "operState", "pnDn") == (
            "associated",
            "assigned",
            "applied",
            "ok",
            SERVER,
        )
        host = ready.host_on()
        identity = host_identity(ready.state, host)
        assert (host.name, host.running, host.connection) == ("web", True, Connection.CONNECTED)
        assert identity.uuid == "1b4e28ba-2fa1-11d2-0000-000000000001" == ready.prop(dn, "uuid")
        assert [nic.mac for nic in identity.nics] == ["00:25:b5:00:00:01"]
        assert identity.serial == ready.blade().serial
        assert ready.prop(f"{dn}/pn", "operState") == "used"

    def test_a_profile_without_pools_has_the_blades_own_uuid(self, ready: UcsLab) -> None:
        dn = ready.put("lsServer", "org-root/ls-plain")
        ready.bind(dn)
        assert ready.prop(dn, "uuid") == ready.blade().original_uuid
        ready.delete("lsBinding", f"{dn}/pn")
        assert ready.prop(dn, "uuid") == "derived"

    def test_disassociation_takes_the_host_down(self, ready: UcsLab) -> None:
        dn = ready.profile()
        ready.bind(dn)
        ready.delete("lsBinding", f"{dn}/pn")
        assert ready.props(dn, "assocState", "assignState", "pnDn", "operState") == ("unassociated", "unassigned", "", "unassociated")
        assert not ready.host_on().running
        assert ready.blade().power is BladePower.OFF
        assert ready.prop(dn, "uuid") == "1b4e28ba-2fa1-11d2-0000-000000000001", "the identity stays with the profile"

    def test_identity_moves_and_serial_stays(self, ready: UcsLab) -> None:
        dn = ready.profile()
        ready.bind(dn)
        ready.bind(dn, "sys/chassis-2/blade-1")
        assert ready.blade().profile == ""
        assert not ready.host_on().running
        host = ready.host_on("ucs/2/1")
        identity = host_identity(ready.state, host)
        assert host.running
        assert identity.uuid == "1b4e28ba-2fa1-11d2-0000-000000000001"
        assert identity.serial == ready.blade("ucs/2/1").serial
        assert ready.prop(dn, "pnDn") == "sys/chassis-2/blade-1"

    def test_two_profiles_can_swap_a_server(self, ready: UcsLab) -> None:
        first, second = ready.profile("one"), ready.profile("two")
        ready.bind(first)
        ready.delete("lsServer", first)
        ready.bind(second)
        assert host_identity(ready.state, ready.host_on()).uuid == ready.prop(second, "uuid")
        assert ready.prop("org-root/uuid-pool-uuids", "assigned") == "1"

    def test_missing_or_busy_servers_are_refused_and_nothing_changes(self, ready: UcsLab) -> None:
        first, second = ready.profile("one"), ready.profile("two")
        ready.bind(first)
        with pytest.raises(Refusal) as busy:
            ready.bind(second)
        with pytest.raises(Refusal) as missing:
            ready.bind(second, "sys/chassis-9/blade-1")
        assert (busy.value.error_code, missing.value.error_code) == ("106", "102")
        assert not ready.has(f"{second}/pn")

    def test_a_change_of_identity_reboots_the_host(self, ready: UcsLab) -> None:
        dn = ready.profile()
        ready.bind(dn)
        ready.put("vnicEther", f"{dn}/ether-eth1", identPoolName="macs", switchId="B")
        assert [nic.mac for nic in host_identity(ready.state, ready.host_on()).nics] == ["00:25:b5:00:00:01", "00:25:b5:00:00:02"]
        assert ready.host_on().running

    def test_user_ack_makes_changes_wait(self, ready: UcsLab) -> None:
        ready.put("lsmaintMaintPolicy", "org-root/maint-ask", uptimeDisr="user-ack")
        dn = ready.profile(maintPolicyName="ask")
        ready.bind(dn)
        ready.put("vnicEther", f"{dn}/ether-eth1", identPoolName="macs")
        assert ready.prop(f"{dn}/ack", "operState") == "waiting-for-user"
        assert ready.prop(dn, "operState") == "pending-reboot"
        assert len(host_identity(ready.state, ready.host_on()).nics) == 1
        ready.put("lsmaintAck", f"{dn}/ack", adminState="trigger-immediate")
        assert len(host_identity(ready.state, ready.host_on()).nics) == 2
        assert not ready.has(f"{dn}/ack")
        assert ready.prop(dn, "operState") == "ok"

    def test_vlans_change_while_the_blade_runs(self, ready: UcsLab) -> None:
        ready.vlan("app", 20)
        dn = ready.profile()
        ready.bind(dn)
        booted = ready.host_on().version
        ready.put("vnicEtherIf", f"{dn}/ether-eth0/if-app")
        assert ready.entity(dn).vnics[0].vlans == (20,)
        ready.put("fabricVlan", "fabric/lan/net-app", id="21")
        assert ready.entity(dn).vnics[0].vlans == (21,)
        assert ready.host_on().version == booted


class TestPower:
    """``lsPower`` and ``adminPower``."""

    def test_down_and_up(self, ready: UcsLab) -> None:
        dn = ready.profile()
        ready.bind(dn)
        ready.put("lsPower", f"{dn}/power", state="down")
        assert not ready.host_on().running
        assert ready.host_on().connection is Connection.NOT_RESPONDING
        assert ready.blade().power is BladePower.OFF
        ready.put("lsPower", f"{dn}/power", state="up")
        assert ready.host_on().running
        assert ready.prop(dn, "operState") == "ok"

    def test_reset_boots_again_whenever_it_is_asked(self, ready: UcsLab) -> None:
        dn = ready.profile()
        ready.bind(dn)
        for _ in range(2):
            before = ready.host_on().version
            ready.put("lsPower", f"{dn}/power", state="hard-reset-immediate")
            assert ready.host_on().version > before
            assert ready.host_on().running
        assert ready.prop(f"{dn}/power", "state") == "up"

    def test_what_was_asked_for_is_shown_in_one_way(self, ready: UcsLab) -> None:
        power = f"{ready.profile()}/power"
        for asked, shown in (("admin-down", "down"), ("admin-up", "up"), ("soft-shut-down", "down")):
            ready.put("lsPower", power, state=asked)
            assert ready.prop(power, "state") == shown

    def test_a_profile_that_is_down_stays_down_when_associated(self, ready: UcsLab) -> None:
        dn = ready.profile()
        ready.put("lsPower", f"{dn}/power", state="down")
        ready.bind(dn)
        assert ready.prop(dn, "assocState") == "associated"
        assert not ready.host_on().running

    def test_a_blade_is_switched_without_its_profile(self, ready: UcsLab) -> None:
        ready.put("computeBlade", SERVER, adminPower="admin-up")
        assert ready.blade().power is BladePower.ON
        assert not ready.host_on().running, "it has no profile"


class TestHardware:
    """Decommission, locator light."""

    def test_decommission_and_back(self, ready: UcsLab) -> None:
        dn = ready.profile()
        ready.bind(dn)
        ready.put("computeBlade", SERVER, lc="decommission")
        assert not ready.host_on().running
        assert ready.prop(dn, "assocState") == "failed"
        with pytest.raises(Refusal):
            ready.bind(ready.profile("other"))
        ready.put("fabricComputeSlotEp", "fabric/server/chassis-1/slot-1", adminState="reacknowledge")
        assert ready.prop(dn, "assocState") == "associated"
        assert ready.host_on().running

    def test_locator_light(self, ready: UcsLab) -> None:
        ready.put("equipmentLocatorLed", f"{SERVER}/locator-led", adminState="on")
        assert ready.props(f"{SERVER}/locator-led", "adminState", "operState") == ("on", "on")


class TestServerPools:
    """``lsRequirement``."""

    @pytest.fixture
    def pool(self, ready: UcsLab) -> UcsLab:
        """A pool of one server."""
        ready.put("computePool", "org-root/compute-pool-blades")
        ready.put("computePooledSlot", "org-root/compute-pool-blades/blade-1-2")
        return ready

    def test_profiles_draw_servers(self, pool: UcsLab) -> None:
        dn = pool.profile()
        pool.put("lsRequirement", f"{dn}/pn-req", name="blades")
        assert pool.props(dn, "assocState", "pnDn") == ("associated", "sys/chassis-1/blade-2")
        assert pool.props("org-root/compute-pool-blades", "size", "assigned") == ("1", "1")

    def test_an_empty_pool_is_a_fault_until_it_has_a_server(self, pool: UcsLab) -> None:
        first, second = pool.profile("one"), pool.profile("two")
        pool.put("lsRequirement", f"{first}/pn-req", name="blades")
        pool.put("lsRequirement", f"{second}/pn-req", name="blades")
        assert pool.props(second, "assignState", "configQualifier") == ("failed", "insufficient-resources")
        assert pool.fault_codes("org-root/compute-pool-blades") == ["server-pool-empty"]
        pool.put("computePooledSlot", "org-root/compute-pool-blades/blade-2-1")
        assert pool.props(second, "assocState", "configQualifier") == ("associated", "")
        assert pool.fault_codes(second) == pool.fault_codes("org-root/compute-pool-blades") == []

    def test_a_server_that_is_let_go_is_drawn_by_who_waits(self, pool: UcsLab) -> None:
        first, second = pool.profile("one"), pool.profile("two")
        pool.put("lsRequirement", f"{first}/pn-req", name="blades")
        pool.put("lsRequirement", f"{second}/pn-req", name="blades")
        pool.delete("lsRequirement", f"{first}/pn-req")
        assert pool.prop(second, "pnDn") == "sys/chassis-1/blade-2"

    def test_what_was_drawn_is_kept_whatever_becomes_of_the_pool(self, pool: UcsLab) -> None:
        dn = pool.profile()
        pool.put("lsRequirement", f"{dn}/pn-req", name="blades")
        host = pool.host_on("ucs/1/2")
        pool.delete("computePooledSlot", "org-root/compute-pool-blades/blade-1-2")
        pool.delete("computePool", "org-root/compute-pool-blades")
        pool.put("lsServer", dn, usrLbl="mine")
        assert pool.prop(dn, "assocState") == "associated"
        assert pool.host_on("ucs/1/2") == host

    def test_many_can_wait_for_one_moment(self, ready: UcsLab) -> None:
        pool = ready.put("computePool", "org-root/compute-pool-blades")
        profiles = [ready.put("lsServer", f"org-root/ls-p{number}") for number in range(60)]
        for dn in profiles:
            ready.put("lsRequirement", f"{dn}/pn-req", name="blades")
        slots = [f"{chassis}-{slot}" for chassis in (1, 2) for slot in range(1, 5)]
        ready.configure(*(MoChange(class_id="computePooledSlot", dn=f"{pool}/blade-{slot}") for slot in slots))
        for _ in range(52):
            taken = next(dn for dn in profiles if ready.has(dn) and ready.prop(dn, "assocState") == "associated")
            ready.delete("lsServer", taken)
        assert {ready.prop(dn, "assocState") for dn in profiles if ready.has(dn)} == {"associated"}

    def test_many_at_once_each_go_their_way_in_transactions_of_their_own(self, ready: UcsLab) -> None:
        """What a client asks for is one transaction; the state machines that it starts are not part of it, at any timing."""
        slots = [(chassis, slot) for chassis in (1, 2) for slot in range(1, 5)]
        profiles = [ready.put("lsServer", f"org-root/ls-p{chassis}{slot}") for chassis, slot in slots]
        sizes: list[int] = []
        ready.world.watch(lambda committed: sizes.append(len(committed.records)))
        ready.configure(
            *(
                MoChange(class_id="lsBinding", dn=f"{dn}/pn", props={"pnDn": f"sys/chassis-{chassis}/blade-{slot}"})
                for dn, (chassis, slot) in zip(profiles, slots, strict=True)
            )
        )
        assert {ready.prop(dn, "assocState") for dn in profiles} == {"associated"}
        assert len(sizes) > len(profiles), "at least one each"
        assert max(sizes[1:]) < 2 * ROOM


class TestStages:
    """In their time."""

    def test_profiles_that_draw_from_a_pool_at_once_get_a_server_each(self, slow_ucs: UcsLab) -> None:
        pool = slow_ucs.put("computePool", "org-root/compute-pool-blades")
        profiles = [slow_ucs.put("lsServer", f"org-root/ls-p{number}") for number in range(12)]
        for dn in profiles:
            slow_ucs.put("lsRequirement", f"{dn}/pn-req", name="blades")
        slots = [f"{chassis}-{slot}" for chassis in (1, 2) for slot in range(1, 5)]
        slow_ucs.configure(*(MoChange(class_id="computePooledSlot", dn=f"{pool}/blade-{slot}") for slot in slots))
        servers = [slow_ucs.prop(dn, "pnDn") for dn in profiles[:8]]
        assert len(set(servers)) == 8
        assert {slow_ucs.prop(dn, "pnDn") for dn in profiles[8:]} == {""}
        for _ in range(400):
            if slow_ucs.state.all(Timer):
                slow_ucs.fire()
        assert not slow_ucs.state.all(Timer), "it comes to rest"
        assert [slow_ucs.props(dn, "pnDn", "assocState") for dn in profiles[:8]] == [(server, "associated") for server in servers]

    def test_every_stage_is_seen(self, slow_ucs: UcsLab) -> None:
        slow_ucs.mac_pool()
        slow_ucs.uuid_pool()
        dn = slow_ucs.profile()
        slow_ucs.bind(dn)
        assert slow_ucs.props(dn, "assocState", "fsmStatus", "operState") == ("associating", "ConfigureApplyPolicies", "config")
        seen: list[str] = []
        while slow_ucs.prop(dn, "assocState") == "associating":
            slow_ucs.fire()
            seen.append(slow_ucs.prop(dn, "fsmProgr"))
        assert len(seen) > 8
        assert [int(one) for one in seen] == sorted(map(int, seen))
        assert slow_ucs.prop(dn, "fsmPrev") == "ConfigureSuccess"
        assert slow_ucs.prop(SERVER, "fsmPrev") == "AssociateSuccess"
        assert not slow_ucs.host_on().running, "it boots"
        slow_ucs.fire()
        assert slow_ucs.host_on().running

    def test_a_server_under_way_is_busy(self, slow_ucs: UcsLab) -> None:
        slow_ucs.mac_pool()
        slow_ucs.uuid_pool()
        first, second = slow_ucs.profile("one"), slow_ucs.profile("two")
        slow_ucs.bind(first)
        for _ in range(5):
            slow_ucs.fire()
        assert slow_ucs.props(SERVER, "association", "assignedToDn") == ("establishing", first)
        with pytest.raises(Refusal):
            slow_ucs.bind(second)

    def test_a_change_of_mind_is_followed_when_the_machine_ends(self, slow_ucs: UcsLab) -> None:
        slow_ucs.mac_pool()
        slow_ucs.uuid_pool()
        dn = slow_ucs.profile()
        slow_ucs.bind(dn)
        slow_ucs.fire()
        slow_ucs.bind(dn, "sys/chassis-2/blade-2")
        while slow_ucs.state.all(Timer):
            slow_ucs.fire()
        assert slow_ucs.prop(dn, "pnDn") == "sys/chassis-2/blade-2"
        assert slow_ucs.blade().profile == ""

    def test_deleting_a_profile_under_way_frees_its_server(self, slow_ucs: UcsLab) -> None:
        slow_ucs.mac_pool()
        slow_ucs.uuid_pool()
        first, second = slow_ucs.profile("one"), slow_ucs.profile("two")
        slow_ucs.bind(first)
        for _ in range(5):
            slow_ucs.fire()
        slow_ucs.delete("lsServer", first)
        slow_ucs.bind(second)
        while slow_ucs.state.all(Timer):
            slow_ucs.fire()
        assert slow_ucs.prop(second, "assocState") == "associated"

    def test_a_restart_forgets_no_stage(self, slow_ucs: UcsLab, tmp_path: Path) -> None:
        slow_ucs.mac_pool()
        slow_ucs.uuid_pool()
        dn = slow_ucs.profile()
        slow_ucs.bind(dn)
        slow_ucs.fire()
        slow_ucs.close()
        again = UcsLab(tmp_path)
        while again.prop(dn, "assocState") == "associating":
            again.fire()
        assert again.props(dn, "assocState", "pnDn") == ("associated", SERVER)
        again.close()

    def test_a_server_that_fails_meanwhile_is_tried_again_when_it_is_mended(self, slow_ucs: UcsLab) -> None:
        slow_ucs.mac_pool()
        slow_ucs.uuid_pool()
        dn = slow_ucs.profile()
        slow_ucs.bind(dn)
        fault = slow_ucs.do(InjectFault(code="blade-failure", subject=slow_ucs.blade().uid))
        while slow_ucs.prop(dn, "assocState") == "associating":
            slow_ucs.fire()
        assert slow_ucs.props(dn, "assocState", "configState", "fsmPrev") == ("failed", "failed-to-apply", "ConfigureFail")
        assert slow_ucs.fault_codes(dn) == ["service-profile-association-failed"]
        slow_ucs.do(ClearFault(fault=fault))
        while slow_ucs.prop(dn, "assocState") != "associated":
            slow_ucs.fire()
        assert slow_ucs.fault_codes(dn) == []
