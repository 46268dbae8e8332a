"""Equipment with the vendor's own SDK: rack servers beside blades, what is taken out of service and back, what breaks and what comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.harness import Datacenter, wait_until
from tests.clients.pyvmomi.session import all_of
from tests.clients.pyvmomi.session import connected as vcenter
from tests.clients.ucsmsdk.session import connected, dns, door, refused
from tests.clients.ucsmsdk.stage import Listener

INVENTORY = """
sites: [{name: ams1, power_feeds: {A: feed-a, B: feed-b}, upstream_switches: {A: n9k-a, B: n9k-b}}]
hardware:
  b200: {memory: 64GiB, dimms: 4, disks: [480GiB]}
  c220: {model: UCSC-C220-M5SX, memory: 128GiB, dimms: 8, disks: [480GiB, 480GiB]}
ucs_domains:
  - {name: ucs, site: ams1, chassis: [{slot: 1, blades: {1: b200, 2: b200}}], rack_servers: {1: c220, 4: c220}}
clusters:
  - {name: prod, site: ams1, associated: false, hosts: {esx-1: ucs/1/1, esx-2: ucs/1/2, esx-3: ucs/rack-1}}
"""
RACK = "sys/rack-unit-1"
BLADES = ["sys/chassis-1/blade-1", "sys/chassis-1/blade-2"]


@pytest.fixture(scope="module")
def datacenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datacenter]:
    """Two blades and two rack servers, three of them with ESXi installed."""
    folder = tmp_path_factory.mktemp("equipment")
    inventory: Path = folder / "inventory.yaml"
    inventory.write_text(INVENTORY)
    made = Datacenter(folder / "data", "--machines", "simulated", "--seed", "7", DCSIM_WORLD__INVENTORY=str(inventory))
    try:
        made.start()
        yield made
    finally:
        made.clear_away()


@pytest.fixture(scope="module")
def ucs(datacenter: Datacenter) -> Iterator[Any]:
    """A session with UCS, in which every server has a profile with two vNICs."""
    with connected(datacenter, door(datacenter, secure=False)) as made:
        for server in (*BLADES, RACK):
            _bind(made, f"on-{server.rpartition('/')[2]}", server)
        yield made


def _bind(ucs: Any, name: str, server: str) -> str:
    """A service profile on a server."""
    from ucsmsdk.mometa.ls.LsBinding import LsBinding
    from ucsmsdk.mometa.ls.LsServer import LsServer
    from ucsmsdk.mometa.vnic.VnicEther import VnicEther

    number = int(server[-1]) + 16 * server.count("rack")
    profile = LsServer("org-root", name=name, uuid=f"1b4e28ba-2fa1-11d2-0101-{number:012x}")
    for place, leg in enumerate("AB"):
        VnicEther(profile, name=f"eth{place}", switch_id=leg, addr=f"00:25:B5:0{leg}:00:{number:02X}", order=str(place + 1))
    LsBinding(profile, pn_dn=server)
    ucs.add_mo(profile)
    ucs.commit()
    return str(profile.dn)


@pytest.fixture(scope="module")
def service(datacenter: Datacenter) -> Iterator[Any]:
    """A session with vCenter."""
    with vcenter(datacenter) as made:
        yield made


def host(service: Any, uuid: str) -> Any:
    """The host of a system UUID, or None."""
    from pyVmomi import vim

    return next((one for one in all_of(service, vim.HostSystem) if one.hardware.systemInfo.uuid.lower() == uuid), None)


def state(service: Any, uuid: str) -> str:
    """How vCenter sees that host."""
    found = host(service, uuid)
    return found.runtime.connectionState if found is not None else "unknown"


def set_to(ucs: Any, dn: str, **props: str) -> None:
    """Change properties of an object."""
    found = ucs.query_dn(dn)
    for name, value in props.items():
        setattr(found, name, value)
    ucs.set_mo(found)
    ucs.commit()


def faults(ucs: Any) -> set[tuple[str, str]]:
    """Code and place of every fault."""
    return {(fault.code, fault.dn.rpartition("/")[0]) for fault in ucs.query_classid("faultInst")}


def inject(datacenter: Datacenter, code: str, subject: str) -> str:
    """Break something; the fault's uid."""
    return str(datacenter.rest("POST", f"/sim/inject/{code}", {"subject": subject})["uid"])


# -- rack servers --------------------------------------------------------------------------------------------------------------------


def test_a_rack_server_is_shown_with_all_that_is_in_it(ucs: Any) -> None:
    found = ucs.query_dn(RACK)
    assert (found.model, found.presence, found.server_id, found.conn_path) == ("UCSC-C220-M5SX", "equipped", "1", "A,B")
    assert (found.total_memory, found.num_of_cpus, found.serial[:3]) == ("131072", "2", "WZP")
    under = ucs.query_dn(RACK, hierarchy=True)
    counted = {name: sum(one.get_class_id() == name for one in under) for name in {one.get_class_id() for one in under}}
    expected = {"EquipmentPsu": 2, "EquipmentFan": 12, "MemoryUnit": 8, "ProcessorUnit": 2, "StorageLocalDisk": 2, "AdaptorExtEthIf": 2}
    assert expected.items() <= counted.items()
    ports = {one.switch_id: one.peer_dn for one in under if one.get_class_id() == "AdaptorExtEthIf"}
    assert ports == {leg: f"sys/switch-{leg}/slot-1/switch-ether/port-3" for leg in "AB"}
    assert ucs.query_dn(ports["A"]).peer_dn == RACK
    assert dns(ucs.query_classid("computeRackUnit")) == [RACK, "sys/rack-unit-4"]
    assert dns(ucs.query_classid("computePhysical")) == [*BLADES, RACK, "sys/rack-unit-4"]


def test_a_rack_servers_statistics_move(ucs: Any) -> None:
    for class_id, dn in (
        ("computeMbPowerStats", f"{RACK}/board/power-stats"),
        ("computeRackUnitMbTempStats", f"{RACK}/board/temp-stats"),
        ("equipmentRackUnitPsuStats", f"{RACK}/psu-1/rackunit-power-stats"),
        ("equipmentRackUnitFanStats", f"{RACK}/fan-module-1-1/fan-1/stats"),
    ):
        assert dn in dns(ucs.query_classid(class_id)), class_id
    drawn = float(ucs.query_dn(f"{RACK}/board/power-stats").consumed_power)
    out = [float(ucs.query_dn(f"{RACK}/psu-{slot}/rackunit-power-stats").output_power) for slot in (1, 2)]
    assert drawn < sum(out) < drawn + 100, "the board and six fan modules"


def test_a_profile_gives_a_rack_server_its_identity(ucs: Any, service: Any) -> None:
    profile = ucs.query_dn("org-root/ls-on-rack-unit-1")
    assert (profile.assoc_state, profile.oper_state, profile.pn_dn) == ("associated", "ok", RACK), profile.config_qualifier
    server = ucs.query_dn(RACK)
    assert (server.association, server.assigned_to_dn, server.uuid) == ("associated", profile.dn, profile.uuid)
    seen = host(service, profile.uuid)
    assert (seen.name, seen.runtime.connectionState) == ("on-rack-unit-1", "connected")
    assert [nic.mac.upper() for nic in seen.config.network.pnic] == ["00:25:B5:0A:00:11", "00:25:B5:0B:00:11"]
    assert server.serial in {one.identifierValue for one in seen.hardware.systemInfo.otherIdentifyingInfo}


def test_a_busy_rack_server_is_refused(ucs: Any) -> None:
    with refused(106, "assigned"):
        _bind(ucs, "late", RACK)
    with refused(102):
        _bind(ucs, "later", "sys/rack-unit-9")


@pytest.mark.parametrize("dn", [RACK, "org-root/ls-on-rack-unit-1/power"])
def test_its_power_takes_its_host_along(ucs: Any, service: Any, dn: str) -> None:
    profile = ucs.query_dn("org-root/ls-on-rack-unit-1")
    off, on = ({"admin_power": "admin-down"}, {"admin_power": "admin-up"}) if dn == RACK else ({"state": "down"}, {"state": "up"})
    set_to(ucs, dn, **off)
    wait_until(lambda: state(service, profile.uuid) == "notResponding", "vCenter loses the host")
    assert (ucs.query_dn(RACK).oper_power, ucs.query_dn(profile.dn).oper_state) == ("off", "power-off")
    set_to(ucs, dn, **on)
    wait_until(lambda: state(service, profile.uuid) == "connected", "the host is back")


def test_a_server_pool_has_rack_servers(ucs: Any) -> None:
    from ucsmsdk.mometa.compute.ComputePool import ComputePool
    from ucsmsdk.mometa.compute.ComputePooledRackUnit import ComputePooledRackUnit
    from ucsmsdk.mometa.ls.LsRequirement import LsRequirement
    from ucsmsdk.mometa.ls.LsServer import LsServer

    pool = ComputePool("org-root", name="racks")
    for unit in "14":
        ComputePooledRackUnit(pool, id=unit)
    drawing = LsServer("org-root", name="drawing")
    LsRequirement(drawing, name="racks")
    ucs.add_mo(pool)
    ucs.add_mo(drawing)
    ucs.commit()
    assert ucs.query_dn("org-root/ls-drawing").pn_dn == "sys/rack-unit-4"
    assert (ucs.query_dn(pool.dn).assigned, ucs.query_dn(f"{pool.dn}/rack-1").assigned_to_dn) == ("2", "org-root/ls-on-rack-unit-1")
    ucs.add_mo(ComputePooledRackUnit(pool, id="9"))
    with refused(102):
        ucs.commit()
    for one in (drawing, pool):
        ucs.remove_mo(one)
    ucs.commit()
    assert ucs.query_dn("sys/rack-unit-4").association == "none"


def test_a_console_is_reached_by_the_profiles_management_address(ucs: Any) -> None:
    from ucsmsdk.mometa.ippool.IppoolBlock import IppoolBlock
    from ucsmsdk.ucsexception import UcsValidationException
    from ucsmsdk.utils.ucskvmlaunch import ucs_kvm_launch

    with pytest.raises(UcsValidationException, match="No assigned IP address"):
        ucs_kvm_launch(ucs, rack_unit=ucs.query_dn(RACK), need_url=True)
    ucs.add_mo(IppoolBlock("org-root/ip-pool-ext-mgmt", r_from="10.8.8.10", to="10.8.8.19", subnet="255.255.255.0", def_gw="10.8.8.1"))
    ucs.commit()
    set_to(ucs, "org-root/ls-on-rack-unit-1", ext_ip_state="pooled", ext_ip_pool_name="ext-mgmt")
    for opened in ({"rack_unit": ucs.query_dn(RACK)}, {"service_profile": ucs.query_dn("org-root/ls-on-rack-unit-1")}):
        url = ucs_kvm_launch(ucs, need_url=True, **opened)
        assert "kvmIpAddr=10.8.8.1" in url
        assert "centralePassword=" in url
    set_to(ucs, "org-root/ls-on-rack-unit-1", ext_ip_state="none")


def test_the_sdks_own_inventory(ucs: Any) -> None:
    from ucsmsdk.utils.inventory import get_inventory

    (found,) = get_inventory(ucs).values()
    counts = {name: len(rows) for name, rows in found.items() if rows}
    assert counts.items() >= {"cpu": 8, "memory": 24, "disks": 6, "psu": 8, "vic": 4, "vNICs": 6, "fabric_interconnect": 2}.items()


# -- out of service and back ---------------------------------------------------------------------------------------------------------


def test_a_rack_server_goes_out_of_service_and_comes_back(ucs: Any, service: Any) -> None:
    profile = ucs.query_dn("org-root/ls-on-rack-unit-1")
    (end,) = [one for one in ucs.query_classid("fabricComputePhEp") if one.ep_dn == RACK]
    with refused(106, "connected"):
        set_to(ucs, end.dn, admin_state="remove")
    set_to(ucs, RACK, lc="decommission")
    assert ucs.query_dn(RACK) is None
    assert ucs.query_children(in_dn=RACK) == []
    assert (ucs.query_dn(profile.dn).assoc_state, state(service, profile.uuid)) == ("failed", "unknown")
    assert (ucs.query_dn(end.dn).admin_state, ucs.query_dn(end.dn).lc) == ("disabled", "out-of-service")
    set_to(ucs, end.dn, admin_state="enabled")
    assert ucs.query_dn(profile.dn).assoc_state == "associated"
    assert len(ucs.query_children(in_dn=RACK, class_id="equipmentPsu")) == 2
    wait_until(lambda: state(service, profile.uuid) == "connected", "the host is back")


def test_a_chassis_goes_out_of_service_with_its_blades_and_comes_back(ucs: Any, service: Any) -> None:
    profiles = [ucs.query_dn(f"org-root/ls-on-blade-{slot}") for slot in (1, 2)]
    listener = Listener(ucs)
    (end,) = ucs.query_classid("fabricSwChPhEp")
    everything = {one.dn for one in ucs.query_dn("sys/chassis-1", hierarchy=True)}
    with refused(106, "present"):
        set_to(ucs, "sys/chassis-1", admin_state="remove")
    set_to(ucs, "sys/chassis-1", admin_state="decommission")
    assert [ucs.query_dn(dn) for dn in ("sys/chassis-1", *BLADES, "sys/chassis-1/psu-1", "fabric/server/chassis-1")] == [None] * 5
    assert ucs.query_classid("computeBlade") == []
    assert [state(service, profile.uuid) for profile in profiles] == ["unknown", "unknown"]
    wait_until(lambda: "deleted" in listener.values("sys/chassis-1/psu-1", "status"), "the stream tells of its parts")
    set_to(ucs, end.dn, admin_state="enabled")
    assert {one.dn for one in ucs.query_dn("sys/chassis-1", hierarchy=True)} == everything
    assert {ucs.query_dn(profile.dn).assoc_state for profile in profiles} == {"associated"}
    wait_until(lambda: {state(service, profile.uuid) for profile in profiles} == {"connected"}, "the hosts are back")
    wait_until(lambda: "created" in listener.values("sys/chassis-1/psu-1", "status"), "the stream tells of its parts")


def test_the_ports_between_modules_and_blades(ucs: Any) -> None:
    ports = {one.dn: one for one in ucs.query_classid("etherServerIntFIo")}
    assert len(ports) == 4, "two blades, two modules"
    for interface in ucs.query_classid("adaptorExtEthIf"):
        if interface.dn.startswith("sys/chassis"):
            assert (ports[interface.peer_dn].peer_dn, ports[interface.peer_dn].oper_state) == (interface.dn, "up")


def test_locator_lights(ucs: Any) -> None:
    for dn in (BLADES[0], RACK, "sys/chassis-1"):
        set_to(ucs, f"{dn}/locator-led", admin_state="on")
        assert ucs.query_dn(f"{dn}/locator-led").oper_state == "on"
        set_to(ucs, f"{dn}/locator-led", admin_state="off")
        assert ucs.query_dn(f"{dn}/locator-led").oper_state == "off"


# -- what breaks, and what comes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "subject", "raised"),
    [
        ("disk-failure", "ucs/1/1", ("F0181", f"{BLADES[0]}/board/storage-SAS-1/disk-1")),
        ("dimm-failure", "ucs/1/2", ("F0185", f"{BLADES[1]}/board/memarray-1/mem-1")),
        ("psu-failure", "ucs/rack-1/psu-2", ("F0374", f"{RACK}/psu-2")),
        ("fan-failure", "ucs/rack-1/fan-3", ("F0373", f"{RACK}/fan-module-1-3/fan-1")),
        ("rack-server-failure", "ucs/rack-4", ("F0317", "sys/rack-unit-4")),
        ("disk-failure", "ucs/rack-1", ("F0181", f"{RACK}/board/storage-SAS-1/disk-1")),
        ("dimm-failure", "ucs/rack-4", ("F0185", "sys/rack-unit-4/board/memarray-1/mem-1")),
    ],
)
def test_what_breaks_is_a_fault_until_it_is_mended(
    ucs: Any, datacenter: Datacenter, code: str, subject: str, raised: tuple[str, str]
) -> None:
    before = faults(ucs)
    uid = inject(datacenter, code, subject)
    assert raised in faults(ucs) - before
    datacenter.rest("DELETE", f"/sim/faults/{uid}")
    assert faults(ucs) == before


def test_a_cable_of_a_rack_server_is_half_its_path(ucs: Any, service: Any, datacenter: Datacenter) -> None:
    uids = [inject(datacenter, "link-down", f"ucs-{leg}/1/3") for leg in "A"]
    assert ucs.query_dn(RACK).conn_path == "B"
    uuid = ucs.query_dn(RACK).uuid
    assert state(service, uuid) == "connected"
    uids.append(inject(datacenter, "link-down", "ucs-B/1/3"))
    wait_until(lambda: state(service, uuid) == "notResponding", "vCenter loses the host")
    assert ("F0321", RACK) in faults(ucs)
    for uid in uids:
        datacenter.rest("DELETE", f"/sim/faults/{uid}")
    wait_until(lambda: state(service, uuid) == "connected", "the host is back")


def test_a_rack_server_is_put_in_and_taken_away(ucs: Any, datacenter: Datacenter) -> None:
    listener = Listener(ucs)
    made = datacenter.rest("POST", "/sim/rack-servers", {"domain": "ucs"})
    found = ucs.query_dn("sys/rack-unit-2")
    assert (found.serial, found.model, found.discovery) == (made["fields"]["serial"], "UCSC-C220-M5SX", "complete")
    wait_until(lambda: "created" in listener.values("sys/rack-unit-2", "status"), "the stream tells of it")
    datacenter.rest("DELETE", f"/sim/rack-servers/{made['uid']}")
    assert ucs.query_dn("sys/rack-unit-2") is None
    wait_until(lambda: "deleted" in listener.values("sys/rack-unit-2", "status"), "and that it is gone")
