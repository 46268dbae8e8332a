"""The whole story of a UCS domain with the vendor's own SDK, its end seen through vCenter with pyVmomi, and through Docker's API.

Eight blades stand there with ESXi installed and no identity.  An operator makes organisation, pools, policies and a template, eight
profiles from it, and associates them: eight hosts come up in vCenter with the profiles' UUIDs and MACs.  One is switched off: vCenter
loses it, its VMs start elsewhere.  The event stream tells every step.  All of it happens twice: in a world whose VMs are simulated, and
in one whose VMs are containers, which a blade that is switched off takes along.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import require_docker
from tests.clients.harness import Datacenter, wait_until
from tests.clients.pyvmomi.session import all_of, finish, named
from tests.clients.pyvmomi.session import connected as vcenter
from tests.clients.ucsmsdk.design import ORG, TEMPLATE, make_pools, make_template
from tests.clients.ucsmsdk.session import connected, door, refused
from tests.clients.ucsmsdk.stage import INVENTORY, Containers, Listener

NAMES = [f"esx-prod-{number}" for number in range(1, 9)]
SERVERS = [f"sys/chassis-{chassis}/blade-{slot}" for chassis in (1, 2) for slot in range(1, 5)]


@pytest.fixture(scope="module", params=["simulated", pytest.param("docker", marks=pytest.mark.docker)])
def datacenter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datacenter]:
    """Eight installed blades, one bare one, and nothing configured; VMs are simulated, or containers."""
    if request.param == "docker":
        require_docker()
    folder = tmp_path_factory.mktemp("story")
    inventory = folder / "inventory.yaml"
    inventory.write_text(INVENTORY)
    made = Datacenter(folder / "data", "--machines", request.param, "--seed", "7", DCSIM_WORLD__INVENTORY=str(inventory))
    try:
        made.start()
        yield made
    finally:
        made.clear_away()


@pytest.fixture(scope="module")
def story(datacenter: Datacenter) -> Iterator[tuple[Any, Any, Listener]]:
    """A session with UCS, one with vCenter, and a listener."""
    with vcenter(datacenter) as service:
        with connected(datacenter, door(datacenter, secure=False)) as ucs:
            listener = Listener(ucs)
            yield ucs, service, listener
        listener.close()


def macs_of(host: Any) -> list[str]:
    """The MACs of a host's physical NICs."""
    return [nic.mac.lower() for nic in host.config.network.pnic]


def hosts(service: Any) -> dict[str, Any]:
    """The hosts of vCenter by their system UUID."""
    from pyVmomi import vim

    return {host.hardware.systemInfo.uuid.lower(): host for host in all_of(service, vim.HostSystem)}


def test_nothing_runs_yet(story: tuple[Any, Any, Listener]) -> None:
    ucs, service, _ = story
    assert {host.runtime.connectionState for host in hosts(service).values()} == {"notResponding"}
    blades = ucs.query_classid("computeBlade")
    assert {blade.association for blade in blades} == {"none"}
    assert len(blades) == 9


def test_organisation_and_pools(story: tuple[Any, Any, Listener]) -> None:
    ucs, _, _ = story
    make_pools(ucs)
    pools = ucs.query_children(in_dn=ORG, class_id="macpoolPool")
    assert sorted((pool.name, pool.size, pool.assigned) for pool in pools) == [("mac-A", "32", "0"), ("mac-B", "32", "0")]


def test_bad_configuration_changes_nothing(story: tuple[Any, Any, Listener]) -> None:
    from ucsmsdk.mometa.macpool.MacpoolBlock import MacpoolBlock
    from ucsmsdk.mometa.org.OrgOrg import OrgOrg

    ucs, _, _ = story
    ucs.add_mo(OrgOrg("org-root", name="left-out"))
    ucs.add_mo(MacpoolBlock(f"{ORG}/mac-pool-mac-A", r_from="00:25:B5:0A:00:10", to="00:25:B5:0A:00:30"))
    with refused(103, "overlaps"):
        ucs.commit()
    assert ucs.query_dn("org-root/org-left-out") is None
    ucs.add_mo(OrgOrg("org-root", name="prod"))
    with refused(103):
        ucs.commit()
    ucs.add_mo(MacpoolBlock(f"{ORG}/mac-pool-mac-A", r_from="00:25:B5:EE:00:00", to="00:25:B5:EE:FF:FF"))
    with refused(150):
        ucs.commit()


def test_networks_policies_and_template(story: tuple[Any, Any, Listener]) -> None:
    ucs, _, _ = story
    make_template(ucs)
    made = ucs.query_dn(TEMPLATE)
    assert (made.oper_boot_policy_name, made.oper_ident_pool_name) == (f"{ORG}/boot-policy-pxe", f"{ORG}/uuid-pool-uuid")
    assert made.uuid == "derived"
    vnic = ucs.query_dn(f"{TEMPLATE}/ether-eth0")
    assert (vnic.oper_nw_templ_name, vnic.mtu, vnic.owner) == (f"{ORG}/lan-conn-templ-vnic-A", "9000", "conn_policy")
    networks = {one.name: one.vnet for one in ucs.query_children(in_dn=f"{TEMPLATE}/ether-eth0", class_id="vnicEtherIf")}
    assert networks == {"mgmt": "10", "app": "20"}


def test_eight_profiles_draw_their_identities(story: tuple[Any, Any, Listener]) -> None:
    from ucsmsdk.ucsbasetype import Dn, DnSet
    from ucsmsdk.ucsmethodfactory import ls_instantiate_n_named_template

    ucs, _, _ = story
    names = DnSet()
    for name in NAMES:
        one = Dn()
        one.value = name
        names.child_add(one)
    answer = ucs.process_xml_elem(
        ls_instantiate_n_named_template(
            cookie=ucs.cookie, dn=TEMPLATE, in_error_on_existing="true", in_name_set=names, in_target_org=ORG, in_hierarchical="false"
        )
    )
    assert sorted(one.name for one in answer) == NAMES
    profiles = ucs.query_children(in_dn=ORG, class_id="lsServer")
    instances = sorted((one for one in profiles if one.type == "instance"), key=lambda one: one.name)
    assert [one.uuid for one in instances] == [f"1b4e28ba-2fa1-11d2-0000-{number:012x}" for number in range(1, 9)]
    assert {(one.assoc_state, one.oper_src_templ_name) for one in instances} == {("unassociated", TEMPLATE)}
    macs = {one.addr for one in ucs.query_classid("vnicEther") if one.dn.startswith(f"{ORG}/ls-esx-prod-")}
    assert macs == {f"00:25:B5:0{leg}:00:{number:02X}" for leg in "AB" for number in range(1, 9)}
    assert ucs.query_dn(f"{ORG}/mac-pool-mac-A").assigned == "8"
    assert ucs.query_dn(f"{ORG}/mac-pool-mac-A/00:25:B5:0A:00:01").assigned_to_dn == f"{ORG}/ls-esx-prod-1/ether-eth0"
    node = ucs.query_dn(f"{ORG}/ls-esx-prod-1/fc-node")
    assert (node.addr, node.oper_ident_pool_name) == ("20:00:00:25:B5:FF:00:01", f"{ORG}/wwn-pool-wwnn")


def test_association_brings_the_hosts_up_in_vcenter(story: tuple[Any, Any, Listener]) -> None:
    from ucsmsdk.mometa.ls.LsBinding import LsBinding

    ucs, service, listener = story
    for name, server in zip(NAMES, SERVERS, strict=True):
        ucs.add_mo(LsBinding(f"{ORG}/ls-{name}", pn_dn=server, restrict_migration="no"))
    ucs.commit()

    for name, server in zip(NAMES, SERVERS, strict=True):
        profile = ucs.query_dn(f"{ORG}/ls-{name}")
        assert (profile.assoc_state, profile.oper_state, profile.pn_dn) == ("associated", "ok", server), profile.config_qualifier
        blade = ucs.query_dn(server)
        assert (blade.association, blade.assigned_to_dn, blade.uuid) == ("associated", profile.dn, profile.uuid)
    seen = hosts(service)
    assert len(seen) == 8
    for name, server in zip(NAMES, SERVERS, strict=True):
        profile, blade = ucs.query_dn(f"{ORG}/ls-{name}"), ucs.query_dn(server)
        host = seen[profile.uuid]
        assert (host.name, host.runtime.connectionState, host.runtime.powerState) == (name, "connected", "poweredOn")
        assert blade.serial in {one.identifierValue for one in host.hardware.systemInfo.otherIdentifyingInfo}
        vnics = sorted(ucs.query_children(in_dn=profile.dn, class_id="vnicEther"), key=lambda one: int(one.oper_order))
        assert macs_of(host) == [one.addr.lower() for one in vnics]
    first = f"{ORG}/ls-{NAMES[0]}"
    wait_until(lambda: "associated" in listener.values(first, "assocState"), "the stream tells of the association")
    assert listener.values(first, "assocState")[-2:] == ["associating", "associated"]
    assert {"ConfigureApplyIdentifiers", "ConfigureEvaluateAssociation"} <= set(listener.values(first, "fsmStatus"))
    assert "associated" in listener.values(SERVERS[0], "association")


def test_a_busy_server_is_refused(story: tuple[Any, Any, Listener]) -> None:
    from ucsmsdk.mometa.ls.LsBinding import LsBinding
    from ucsmsdk.mometa.ls.LsServer import LsServer

    ucs, _, _ = story
    late = LsServer(ORG, name="late")
    LsBinding(late, pn_dn=SERVERS[0])
    ucs.add_mo(late)
    with refused(106, "assigned"):
        ucs.commit()
    assert ucs.query_dn(f"{ORG}/ls-late") is None


def test_changes_of_the_template_wait_for_the_operator(story: tuple[Any, Any, Listener]) -> None:
    ucs, service, _ = story
    vnic = ucs.query_dn(f"{ORG}/lan-conn-pol-lan/ether-eth1")
    vnic.nw_templ_name = "vnic-A"
    ucs.set_mo(vnic)
    ucs.commit()
    pending = [one for one in ucs.query_classid("lsmaintAck") if one.oper_state == "waiting-for-user"]
    assert len(pending) == 8
    profile = ucs.query_dn(f"{ORG}/ls-{NAMES[7]}")
    assert profile.oper_state == "pending-reboot"
    before = macs_of(hosts(service)[profile.uuid])
    ack = ucs.query_dn(f"{profile.dn}/ack")
    ack.admin_state = "trigger-immediate"
    ucs.set_mo(ack)
    ucs.commit()
    host = hosts(service)[profile.uuid]
    assert macs_of(host) != before
    assert host.runtime.connectionState == "connected"
    vnic.nw_templ_name = "vnic-B"
    ucs.set_mo(vnic)
    ucs.commit()
    for one in ucs.query_classid("lsmaintAck"):
        one.admin_state = "trigger-immediate"
        ucs.set_mo(one)
    if ucs.query_classid("lsmaintAck"):
        ucs.commit()
    assert ucs.query_classid("lsmaintAck") == []


def test_a_blade_that_is_switched_off_fails_over(story: tuple[Any, Any, Listener], datacenter: Datacenter) -> None:
    from pyVmomi import vim

    ucs, service, listener = story
    names = ["web-1", "web-2"]
    victims = [named(service, vim.VirtualMachine, name) for name in names]
    for vm in victims:
        finish(vm.PowerOn())
    containers = Containers(datacenter)
    containers.require_running(names)
    profile = ucs.query_dn(f"{ORG}/ls-{NAMES[0]}")
    lost = hosts(service)[profile.uuid]
    assert {vm.runtime.host for vm in victims} == {lost}

    power = ucs.query_dn(f"{profile.dn}/power")
    power.state = "down"
    ucs.set_mo(power)
    ucs.commit()
    wait_until(lambda: lost.runtime.connectionState == "notResponding", "vCenter loses the host")
    wait_until(lambda: all(vm.runtime.powerState == "poweredOn" and vm.runtime.host != lost for vm in victims), "its VMs run elsewhere", 60)
    containers.require_killed_and_started_again(names)
    assert (ucs.query_dn(profile.dn).oper_state, ucs.query_dn(SERVERS[0]).oper_power) == ("power-off", "off")
    wait_until(lambda: "power-off" in listener.values(profile.dn, "operState"), "the stream tells of it")

    power.state = "up"
    ucs.set_mo(power)
    ucs.commit()
    wait_until(lambda: lost.runtime.connectionState == "connected", "the host is back")
    assert ucs.query_dn(profile.dn).oper_state == "ok"
    assert lost not in {vm.runtime.host for vm in victims}, "what was restarted elsewhere stays there"


def test_a_vlan_that_is_not_trunked_disconnects_the_vms(story: tuple[Any, Any, Listener], datacenter: Datacenter) -> None:
    from pyVmomi import vim
    from ucsmsdk.mometa.vnic.VnicEtherIf import VnicEtherIf

    ucs, service, _ = story
    vm = named(service, vim.VirtualMachine, "web-1")
    containers = Containers(datacenter)
    address = wait_until(lambda: vm.guest.ipAddress, "its address")
    containers.require_on_networks("web-1", 1)
    templates = [f"{ORG}/lan-conn-templ-vnic-{leg}" for leg in "AB"]
    ucs.remove_mo(ucs.query_dn(f"{templates[0]}/if-app"))
    ucs.commit()
    assert [nic.connected for nic in vm.guest.net] == [True], "the other fabric carries it still"
    ucs.remove_mo(ucs.query_dn(f"{templates[1]}/if-app"))
    ucs.commit()
    wait_until(lambda: [nic.connected for nic in vm.guest.net] == [False], "its card is cut off")
    wait_until(lambda: vm.guest.ipAddress is None, "it has no address")
    containers.require_on_networks("web-1", 0)
    assert vm.runtime.powerState == "poweredOn"
    assert vm.runtime.host.runtime.connectionState == "connected", "the management VLAN is there still"
    for template in templates:
        ucs.add_mo(VnicEtherIf(template, name="app"))
    ucs.commit()
    wait_until(lambda: [nic.connected for nic in vm.guest.net] == [True], "its card is back")
    containers.require_on_networks("web-1", 1)
    wait_until(lambda: vm.guest.ipAddress == address, "it has its address again")


def test_a_profile_moves_and_its_identity_with_it(story: tuple[Any, Any, Listener]) -> None:
    ucs, service, _ = story
    profile = ucs.query_dn(f"{ORG}/ls-{NAMES[1]}")
    binding = ucs.query_dn(f"{profile.dn}/pn")
    binding.pn_dn = "sys/chassis-1/blade-5"
    ucs.set_mo(binding)
    ucs.commit()
    moved = ucs.query_dn(profile.dn)
    assert (moved.assoc_state, moved.pn_dn, moved.uuid) == ("associated", "sys/chassis-1/blade-5", profile.uuid)
    left = next(host for host in hosts(service).values() if host.name == NAMES[1])
    assert left.runtime.connectionState == "notResponding", "the bare blade has no hypervisor; the one that was left has no profile"
    assert left.hardware.systemInfo.uuid.lower() == ucs.query_dn(SERVERS[1]).original_uuid.lower()

    binding.pn_dn = SERVERS[1]
    ucs.set_mo(binding)
    ucs.commit()
    assert hosts(service)[profile.uuid].runtime.connectionState == "connected"


def test_decommission_takes_the_host_away_and_recommission_brings_it_back(story: tuple[Any, Any, Listener]) -> None:
    ucs, service, _ = story
    profile = ucs.query_dn(f"{ORG}/ls-{NAMES[2]}")
    host = hosts(service)[profile.uuid]
    blade = ucs.query_dn(SERVERS[2])
    blade.lc = "decommission"
    ucs.set_mo(blade)
    ucs.commit()
    assert ucs.query_dn(SERVERS[2]) is None
    assert host.runtime.connectionState == "notResponding"
    slot = ucs.query_dn("fabric/server/chassis-1/slot-3")
    assert slot.discovery == "waiting-for-user-ack"
    slot.admin_state = "reacknowledge"
    ucs.set_mo(slot)
    ucs.commit()
    assert ucs.query_dn(profile.dn).assoc_state == "associated"
    assert hosts(service)[profile.uuid].runtime.connectionState == "connected"


def test_an_exhausted_pool_is_a_fault_that_goes_when_it_is_filled(story: tuple[Any, Any, Listener]) -> None:
    from ucsmsdk.mometa.ls.LsServer import LsServer
    from ucsmsdk.mometa.macpool.MacpoolBlock import MacpoolBlock
    from ucsmsdk.mometa.macpool.MacpoolPool import MacpoolPool
    from ucsmsdk.mometa.vnic.VnicEther import VnicEther

    ucs, _, _ = story
    ucs.add_mo(MacpoolPool(ORG, name="dry"))
    dry = LsServer(ORG, name="dry")
    VnicEther(dry, name="eth0", ident_pool_name="dry")
    ucs.add_mo(dry)
    ucs.commit()
    profile = ucs.query_dn(f"{ORG}/ls-dry")
    assert (profile.config_state, profile.oper_state, profile.config_qualifier) == (
        "failed-to-apply",
        "config-failure",
        "mac-address-assignment",
    )
    codes = {fault.code: fault.dn for fault in ucs.query_classid("faultInst") if "dry" in fault.dn}
    assert codes == {"F0327": f"{ORG}/ls-dry/fault-F0327", "F0466": f"{ORG}/mac-pool-dry/fault-F0466"}
    ucs.add_mo(MacpoolBlock(f"{ORG}/mac-pool-dry", r_from="00:25:B5:DD:00:01", to="00:25:B5:DD:00:02"))
    ucs.commit()
    assert ucs.query_dn(f"{ORG}/ls-dry").config_state == "not-applied"
    assert [fault.dn for fault in ucs.query_classid("faultInst") if "dry" in fault.dn] == []


def test_disassociation_gives_everything_back(story: tuple[Any, Any, Listener]) -> None:
    ucs, service, listener = story
    profile = ucs.query_dn(f"{ORG}/ls-{NAMES[7]}")
    ucs.remove_mo(profile)
    ucs.commit()
    assert profile.uuid not in hosts(service)
    blade = ucs.query_dn(SERVERS[7])
    assert (blade.association, blade.assigned_to_dn, blade.uuid) == ("none", "", blade.original_uuid)
    assert ucs.query_dn(f"{ORG}/uuid-pool-uuid").assigned == "7"
    wait_until(lambda: "deleted" in listener.values(profile.dn, "status"), "the stream tells of its deletion")


def test_a_backup_can_be_downloaded(story: tuple[Any, Any, Listener], tmp_path: Path) -> None:
    from lxml import etree
    from ucsmsdk.utils.ucsbackup import backup_ucs

    ucs, _, _ = story
    backup_ucs(ucs, backup_type="config-logical", file_dir=str(tmp_path), file_name="logical.xml")
    names = {one.get("name") for one in etree.parse(str(tmp_path / "logical.xml")).getroot().iter("lsServer")}
    assert set(NAMES[:7]) <= names
