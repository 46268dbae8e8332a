"""Blades take and give up the identity of service profiles, and their hosts boot and fall with it (law 1)."""

from __future__ import annotations

import pytest

from dcsim.errors import InvalidArgument, InvalidState
from emulators.world.decide import Context, Decision
from emulators.world.decisions import profiles
from emulators.world.events import Deleted
from emulators.world.identity import host_identity, profile_dn
from emulators.world.inventory.export import export
from emulators.world.inventory.load import loads
from emulators.world.inventory.realise import realise
from emulators.world.model import Blade, BladePower, Connection, Hypervisor, ServiceProfile, Vm, Vnic
from emulators.world.state import WorldState
from tests.unit.world.lab import ACTOR, INVENTORY, NOW, Lab

INSTALLED = INVENTORY.replace("clusters: [{name: c1,", "clusters: [{name: c1, associated: false,").replace("memory: 4GiB", 'power: "off"')
INSTALLED = INSTALLED.replace("memory: 8GiB", 'power: "off"')


def decision_on(lab: Lab) -> Decision:
    """A transaction of its own over the world's state."""
    return Decision(lab.state, Context(seed=7, simulated=NOW, sequence=100_000, actor=ACTOR))


def make_profile(decision: Decision, name: str = "profile-1") -> ServiceProfile:
    """A profile that no blade has."""
    domain = decision.state.all(ServiceProfile)[0].domain if decision.state.all(ServiceProfile) else "domain"
    vnics = (Vnic(name="eth0", mac="00:25:b5:00:00:01"),)
    return decision.create(profiles.PROFILE_CREATED, ServiceProfile, name=name, domain=domain, uuid="u-1", vnics=vnics)


class TestAssociation:
    """On the inventory's hosts."""

    def test_a_host_falls_with_its_profile_and_boots_with_the_next(self, lab: Lab) -> None:
        decision = decision_on(lab)
        blade = lab.named(Blade, "ucs/1/1")
        profiles.disassociate(decision, lab.state.get(ServiceProfile, blade.profile))
        assert not lab.host().running
        decision.finish()
        assert lab.host().connection is Connection.NOT_RESPONDING
        assert lab.named(Blade, "ucs/1/1").power is BladePower.OFF
        assert host_identity(lab.state, lab.host()).uuid == blade.original_uuid
        assert lab.named(Vm, "web").host != lab.host().uid, "high availability restarted it elsewhere"

        profiles.associate(decision, make_profile(decision), lab.named(Blade, "ucs/1/1"), BladePower.ON)
        host = lab.host("profile-1")
        assert host.running
        assert host.connection is Connection.CONNECTED
        identity = host_identity(lab.state, host)
        assert (identity.uuid, identity.serial, [nic.mac for nic in identity.nics]) == ("u-1", blade.serial, ["00:25:b5:00:00:01"])

    def test_a_blade_that_stays_off_boots_nothing(self, lab: Lab) -> None:
        decision = decision_on(lab)
        profiles.disassociate(decision, lab.named(ServiceProfile, "esx-1"))
        profiles.associate(decision, make_profile(decision), lab.named(Blade, "ucs/1/1"), BladePower.OFF)
        assert not lab.host("profile-1").running

    def test_one_blade_one_profile(self, lab: Lab) -> None:
        decision = decision_on(lab)
        with pytest.raises(InvalidState):
            profiles.associate(decision, make_profile(decision), lab.named(Blade, "ucs/1/1"), BladePower.ON)

    def test_a_host_on_a_boot_lun_goes_where_its_profile_goes(self, lab: Lab) -> None:
        decision = decision_on(lab)
        for name in ("esx-1", "esx-2"):
            profiles.disassociate(decision, lab.named(ServiceProfile, name))
        lab.state.apply(Deleted(lab.host("esx-2")))
        moved, first, second = make_profile(decision), lab.named(Blade, "ucs/1/1"), lab.named(Blade, "ucs/1/2")
        profiles.associate(decision, moved, first, BladePower.ON, from_lun=True)
        profiles.disassociate(decision, lab.named(ServiceProfile, "profile-1"))
        profiles.associate(decision, lab.named(ServiceProfile, "profile-1"), second, BladePower.ON, from_lun=True)
        host = lab.host("profile-1")
        assert (host.blade, host.running) == (second.uid, True)
        assert host_identity(lab.state, host).serial == second.serial

    def test_a_bare_blade_stays_bare(self, lab: Lab) -> None:
        decision = decision_on(lab)
        profiles.disassociate(decision, lab.named(ServiceProfile, "esx-1"))
        lab.state.apply(Deleted(lab.host()))
        profiles.associate(decision, make_profile(decision), lab.named(Blade, "ucs/1/1"), BladePower.ON)
        assert lab.state.where(Hypervisor, "blade", lab.named(Blade, "ucs/1/1").uid) == []

    def test_a_host_keeps_its_name_when_another_has_the_profiles(self, lab: Lab) -> None:
        decision = decision_on(lab)
        profiles.disassociate(decision, lab.named(ServiceProfile, "esx-1"))
        profiles.associate(decision, make_profile(decision, "esx-2"), lab.named(Blade, "ucs/1/1"), BladePower.ON)
        assert lab.host("esx-1").running


class TestInventory:
    """``associated: false``."""

    @pytest.fixture
    def state(self) -> WorldState:
        state = WorldState()
        for entity in realise(loads(INSTALLED), 7, NOW):
            state.load(entity)
        return state

    def test_hosts_wait_for_a_profile(self, state: WorldState) -> None:
        hosts = state.all(Hypervisor)
        assert [host.name for host in hosts] == ["esx-1", "esx-2", "esx-3"]
        assert {(host.running, host.connection, host.booted) for host in hosts} == {(False, Connection.NOT_RESPONDING, None)}
        assert {(blade.profile, blade.power) for blade in state.all(Blade)} == {("", BladePower.OFF)}
        assert state.all(ServiceProfile) == []

    def test_export_says_so(self, state: WorldState) -> None:
        assert [spec.associated for spec in export(state).hosts] == [False, False, False]
        again = list(realise(export(state), 7, NOW))
        assert sorted(entity.uid for entity in again) == sorted(entity.uid for entity in state)

    def test_no_vm_runs_on_one(self) -> None:
        with pytest.raises(InvalidArgument, match="no service profile"):
            list(realise(loads(INVENTORY.replace("clusters: [{name: c1,", "clusters: [{name: c1, associated: false,")), 7, NOW))

    def test_profiles_of_the_inventory_have_a_dn(self, lab: Lab) -> None:
        assert profile_dn(lab.named(ServiceProfile, "esx-1")) == "org-root/ls-esx-1"
