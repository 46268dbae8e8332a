"""Identities: the same fact under three vendors' names, and derived ids of the vendors' shapes."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcsim.errors import InvalidArgument, NotFound
from emulators.world import identity
from emulators.world.model import AdapterPort, Blade, Chassis, Hypervisor, Network, Owner, Port, ServiceProfile, Vhba, Vnic
from emulators.world.state import WorldState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHASSIS = Chassis(uid="chassis-1", name="ucs/2", created=NOW, domain="d", slot=2)
BLADE = Blade(
    uid="blade-1",
    name="ucs/2/5",
    created=NOW,
    chassis="chassis-1",
    slot=5,
    serial="FCH2313V0QK",
    original_uuid="00000000-0000-4000-8000-000000000001",
    asset_tag="DC-000042",
    adapters=(AdapterPort(slot=1, leg="A", mac="70:df:2f:00:00:01"), AdapterPort(slot=2, leg="B", mac="70:df:2f:00:00:02")),
)
PROFILE = ServiceProfile(
    uid="profile-1",
    name="esx-01.ams1",
    created=NOW,
    domain="d",
    blade="blade-1",
    uuid="00000000-0000-4000-8000-000000000002",
    vnics=(Vnic(name="eth1", mac="00:25:b5:1b:00:01", leg="B", order=2), Vnic(name="eth0", mac="00:25:b5:1a:00:01", leg="A", order=1)),
    vhbas=(Vhba(name="fc0", wwpn="20:00:00:25:b5:1a:00:01"),),
    wwnn="20:00:00:25:b5:1f:00:01",
)
HOST = Hypervisor(uid="host-1", name="esx-01.ams1", created=NOW, blade="blade-1")


def world(*entities: object) -> WorldState:
    state = WorldState()
    for entity in entities:
        state.load(entity)  # type: ignore[arg-type]
    return state


def test_an_associated_blade_is_its_profile_and_keeps_its_serial() -> None:
    blade = BLADE.__class__(**{**{f: getattr(BLADE, f) for f in BLADE.__struct_fields__}, "profile": "profile-1"})
    found = identity.host_identity(world(CHASSIS, blade, PROFILE, HOST), HOST)
    assert found.uuid == PROFILE.uuid
    assert [(nic.name, nic.mac, nic.leg) for nic in found.nics] == [
        ("vmnic0", "00:25:b5:1a:00:01", "A"),
        ("vmnic1", "00:25:b5:1b:00:01", "B"),
    ]
    assert found.wwpns == ("20:00:00:25:b5:1a:00:01",)
    assert (found.serial, found.asset_tag, found.dn) == ("FCH2313V0QK", "DC-000042", "sys/chassis-2/blade-5")


def test_a_blade_without_profile_has_what_it_was_made_with() -> None:
    found = identity.host_identity(world(CHASSIS, BLADE, HOST), HOST)
    assert found.profile is None
    assert found.uuid == BLADE.original_uuid
    assert [nic.mac for nic in found.nics] == ["70:df:2f:00:00:01", "70:df:2f:00:00:02"]
    assert (found.wwpns, found.wwnn) == ((), "")


def test_a_host_whose_blade_is_gone_is_not_found() -> None:
    with pytest.raises(NotFound, match="blade"):
        identity.host_identity(world(HOST), HOST)


@pytest.mark.parametrize(
    ("value", "swapped"),
    [
        ("00112233-4455-6677-8899-aabbccddeeff", "33221100-5544-7766-8899-aabbccddeeff"),  # the example of SMBIOS 2.6, 7.2.1
        ("4c4c4544-0051-3610-8035-b4c04f564433", "44454c4c-5100-1036-8035-b4c04f564433"),
        ("564D1234-0000-0000-0000-000000000001", "34124d56-0000-0000-0000-000000000001"),
    ],
)
def test_smbios_byte_order(value: str, swapped: str) -> None:
    assert identity.smbios_swapped(value) == swapped


@given(st.uuids())
def test_swapping_twice_changes_nothing(value: uuid.UUID) -> None:
    assert identity.smbios_swapped(identity.smbios_swapped(str(value))) == str(value)


def test_what_is_no_uuid_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="not a UUID"):
        identity.smbios_swapped("blade-3")


def test_the_guest_serial_has_the_shape_that_vmware_guests_show() -> None:
    shown = identity.vmware_serial("423e9f7b-1c1d-4c8a-9a31-0123456789ab")
    assert shown == "VMware-42 3e 9f 7b 1c 1d 4c 8a-9a 31 01 23 45 67 89 ab"


@given(st.integers(), st.text(max_size=20))
def test_derived_ids_have_their_vendors_shape(seed: int, name: str) -> None:
    assert re.fullmatch(r"FCH2[0-4](0[1-9]|[1-4]\d|5[0-2])[0-9A-HJ-NP-Z]{4}", identity.blade_serial(seed, name))
    assert re.fullmatch(r"DC-\d{6}", identity.asset_tag(seed, name))
    assert re.fullmatch(r"00:50:56:[89ab][0-9a-f]:[0-9a-f]{2}:[0-9a-f]{2}", identity.vm_mac(Owner.VSPHERE, seed, name))
    assert re.fullmatch(r"fa:16:3e(:[0-9a-f]{2}){3}", identity.vm_mac(Owner.OPENSTACK, seed, name))
    assert re.fullmatch(r"naa\.600a0980[0-9a-f]{24}", identity.naa(seed, name))
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}", identity.vmfs_uuid(seed, name))
    assert re.fullmatch(r"50( [0-9a-f]{2}){7}-[0-9a-f]{2}( [0-9a-f]{2}){7}", identity.switch_uuid(seed, name))
    for made in (identity.vm_uuid(seed, name), identity.instance_uuid(seed, name), identity.disk_uuid(seed, name)):
        assert str(uuid.UUID(made)) == made


def test_ids_depend_on_seed_and_path_alone() -> None:
    assert identity.blade_serial(7, "ucs", 1, 2) == identity.blade_serial(7, "ucs", 1, 2)
    others = {identity.blade_serial(7, "ucs", 1, 3), identity.blade_serial(8, "ucs", 1, 2), identity.blade_serial(7, "ucs", 12)}
    assert len(others | {identity.blade_serial(7, "ucs", 1, 2)}) == 4


def test_pool_addresses_differ_by_domain_leg_and_index() -> None:
    macs = {identity.vnic_mac(domain, leg, index) for domain in range(1, 16) for leg in "AB" for index in range(300)}
    assert len(macs) == 15 * 2 * 300
    assert identity.vnic_mac(1, "A", 3) == "00:25:b5:1a:00:03"
    assert identity.vhba_wwpn(2, "B", 258) == "20:00:00:25:b5:2b:01:02"
    assert identity.ucs_address(identity.vnic_mac(1, "A", 3)) == "00:25:B5:1A:00:03"


@pytest.mark.parametrize(("domain", "leg", "index"), [(0, "A", 1), (16, "A", 1), (1, "C", 1), (1, "A", 1 << 16), (1, "A", -1)])
def test_pools_end(domain: int, leg: str, index: int) -> None:
    with pytest.raises(InvalidArgument):
        identity.vnic_mac(domain, leg, index)


def test_blade_dn_round_trips() -> None:
    assert identity.parse_blade_dn(identity.blade_dn(CHASSIS, BLADE)) == (2, 5)


@pytest.mark.parametrize("dn", ["", "sys/chassis-1", "sys/chassis-1/blade-x", "org-root/ls-a", "sys/chassis-1/blade-1/adaptor-1"])
def test_other_dns_are_refused(dn: str) -> None:
    with pytest.raises(InvalidArgument, match="not the DN of a blade"):
        identity.parse_blade_dn(dn)


def test_managed_object_ids_round_trip() -> None:
    host = Hypervisor(uid="h", name="h", created=NOW, blade="b", number=1042)
    assert identity.moid("host", host) == "host-1042"
    assert identity.moid_number("host", "host-1042") == 1042
    assert identity.moid_number("domain-c", "domain-c-8") == 8


@pytest.mark.parametrize("value", ["vm-1", "host-", "host-x", "host", "host--1", "host-１", "", "host-1 "])
def test_managed_object_ids_of_something_else_are_refused(value: str) -> None:
    with pytest.raises(InvalidArgument, match="not a host id"):
        identity.moid_number("host", value)


def test_a_new_mac_is_one_that_no_port_has() -> None:
    taken = identity.vm_mac(Owner.VSPHERE, 7, "x", 0)
    network = Network(uid="n", name="n", created=NOW)
    port = Port(uid="p", name="p", created=NOW, network="n", mac=taken)
    assert identity.new_vm_mac(world(network), Owner.VSPHERE, 7, "x") == taken
    assert identity.new_vm_mac(world(network, port), Owner.VSPHERE, 7, "x") == identity.vm_mac(Owner.VSPHERE, 7, "x", 1)


@pytest.mark.parametrize(
    ("mac", "assigned"),
    [("00:50:56:80:00:00", True), ("00:50:56:bf:ff:ff", True), ("00:50:56:3f:00:00", False), ("fa:16:3e:80:00:00", False)],
)
def test_which_macs_vcenter_gives_out(mac: str, assigned: bool) -> None:
    assert identity.assigned_by_vcenter(mac) is assigned
