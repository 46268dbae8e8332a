"""What the tree shows of configuration beyond its records: addresses nobody had yet, faults, what follows from blades."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulators.ucs import projection
from emulators.ucs.config.changes import ConfigureMos, MoChange
from emulators.ucs.methods.registry import load
from emulators.ucs.mit.tree import Tree
from emulators.world.model import Fault
from tests.unit.ucs.config.lab import UcsLab

SERVER = "sys/chassis-1/blade-1"


@pytest.fixture
def tree(ucs: UcsLab) -> Iterator[Tree]:
    """The domain's tree."""
    load(projection)
    made = Tree(ucs.world, ucs.domain)
    yield made
    made.close()


def got(tree: Tree, dn: str, *names: str) -> tuple[str | None, ...]:
    """Properties of an object."""
    node = tree.find(dn)
    assert node is not None, f"{dn} is not shown"
    return tuple(node.get(name) for name in names)


class TestPools:
    """Addresses."""

    def test_every_address_is_shown(self, ucs: UcsLab, tree: Tree) -> None:
        pool = ucs.mac_pool()
        profile = ucs.profile()
        shown = {node.get("id"): node.get("assigned") for node in tree.of_class("macpoolPooled")}
        assert len(shown) == 16
        assert [address for address, assigned in shown.items() if assigned == "yes"] == ["00:25:B5:00:00:01"]
        assert got(tree, f"{pool}/00:25:B5:00:00:01", "assignedToDn") == (f"{profile}/ether-eth0",)
        assert got(tree, f"{pool}/00:25:B5:00:00:02", "assigned") == ("no",)
        ucs.delete("lsServer", profile)
        assert len(tree.of_class("macpoolPooled")) == 16

    def test_ip_addresses_tell_their_subnet(self, ucs: UcsLab, tree: Tree) -> None:
        pool = "org-root/ip-pool-ext-mgmt"
        ucs.put("ippoolBlock", f"{pool}/block-10.0.0.10-10.0.0.20", subnet="255.255.255.0", defGw="10.0.0.1")
        assert got(tree, f"{pool}/10.0.0.15", "assigned", "defGw", "subnet") == ("no", "10.0.0.1", "255.255.255.0")


class TestFaults:
    """``faultInst``."""

    def test_problems_are_faults_where_they_are(self, ucs: UcsLab, tree: Tree) -> None:
        ucs.put("macpoolPool", "org-root/mac-pool-macs")
        profile = ucs.profile(identPoolName="")
        found = {node.dn: node.get("severity") for node in tree.of_class("faultInst") if node.dn.startswith("org-root")}
        assert found == {f"{profile}/fault-F0327": "major", "org-root/mac-pool-macs/fault-F0466": "minor"}
        assert "mac-address-assignment" in str(got(tree, f"{profile}/fault-F0327", "descr")[0])
        ucs.put("macpoolBlock", "org-root/mac-pool-macs/block-00:25:B5:00:00:01-00:25:B5:00:00:02")
        assert [node.dn for node in tree.of_class("faultInst") if node.dn.startswith("org-root")] == []


class TestServers:
    """Blades and profiles agree."""

    def test_an_associated_blade_and_its_profile(self, ucs: UcsLab, tree: Tree) -> None:
        ucs.mac_pool()
        ucs.uuid_pool()
        profile = ucs.profile()
        ucs.bind(profile)
        assert got(tree, SERVER, "association", "assignedToDn", "operState", "operPower", "uuid") == (
            "associated",
            profile,
            "ok",
            "on",
            ucs.prop(profile, "uuid"),
        )
        ucs.put("lsPower", f"{profile}/power", state="down")
        assert got(tree, profile, "operState") == ("power-off",)
        assert got(tree, SERVER, "operPower", "operState") == ("off", "power-off")

    def test_a_server_under_way(self, slow_ucs: UcsLab) -> None:
        load(projection)
        tree = Tree(slow_ucs.world, slow_ucs.domain)
        slow_ucs.mac_pool()
        slow_ucs.uuid_pool()
        profile = slow_ucs.profile()
        slow_ucs.bind(profile)
        while got(tree, profile, "assocState") != ("associated",):
            slow_ucs.fire()
            states = got(tree, SERVER, "association", "operState", "availability")
            assert states in {
                ("none", "unassociated", "available"),
                ("establishing", "config", "unavailable"),
                ("associated", "ok", "unavailable"),
            }
        assert got(tree, SERVER, "association", "fsmStatus", "fsmProgr") == ("associated", "nop", "100")
        tree.close()

    def test_a_decommissioned_blade_leaves_only_its_slot(self, ucs: UcsLab, tree: Tree) -> None:
        ucs.put("computeBlade", SERVER, lc="decommission")
        assert tree.find(SERVER) is None
        assert tree.find(f"{SERVER}/board") is None
        assert got(tree, "fabric/server/chassis-1/slot-1", "discovery", "epDn") == ("waiting-for-user-ack", SERVER)
        ucs.put("fabricComputeSlotEp", "fabric/server/chassis-1/slot-1", adminState="reacknowledge")
        assert got(tree, SERVER, "association", "operPower") == ("none", "off")

    def test_the_locator_light(self, ucs: UcsLab, tree: Tree) -> None:
        ucs.put("equipmentLocatorLed", f"{SERVER}/locator-led", adminState="on")
        assert got(tree, f"{SERVER}/locator-led", "adminState", "operState") == ("on", "on")

    def test_placement_orders_interfaces(self, ucs: UcsLab) -> None:
        ucs.mac_pool()
        dn = ucs.profile()
        ucs.put("vnicEther", f"{dn}/ether-eth1", identPoolName="macs")
        ucs.put("lsVConAssign", f"{dn}/assign-ethernet-vnic-eth1", order="1", adminVcon="2")
        ucs.put("lsVConAssign", f"{dn}/assign-ethernet-vnic-eth0", order="2")
        assert [ucs.props(f"{dn}/ether-{name}", "operOrder", "operVcon") for name in ("eth1", "eth0")] == [("1", "2"), ("2", "1")]


class TestPorts:
    """Law 3, by an operator's hand."""

    def disable(self, ucs: UcsLab, tree: Tree, leg: str, state: str = "disabled") -> None:
        for node in list(tree.of_class("fabricEthLanEp")):
            if f"/{leg}/" in node.dn:
                shown = {node.dn: "fabricEthLanEp"}
                change = MoChange(class_id="fabricEthLanEp", dn=node.dn, props={"adminState": state})
                ucs.do(ConfigureMos(domain=ucs.domain, changes=(change,), shown=shown))

    def test_one_fabric_and_then_both(self, ucs: UcsLab, tree: Tree) -> None:
        ucs.mac_pool()
        ucs.uuid_pool()
        ucs.bind(ucs.profile())
        self.disable(ucs, tree, "A")
        assert ucs.host_on().running
        assert [fault.code for fault in ucs.state.where(Fault, "subject", ucs.host_on().uid)] == ["fabric-path-degraded"]
        self.disable(ucs, tree, "B")
        assert not ucs.host_on().running
        assert got(tree, SERVER, "operState") == ("inaccessible",)
        uplink = next(node for node in tree.of_class("fabricEthLanEp") if "/B/" in node.dn)
        assert (uplink.get("adminState"), uplink.get("operState")) == ("disabled", "down")
        assert got(tree, str(uplink.get("epDn")), "operState") == ("admin-down",)
        self.disable(ucs, tree, "B", "enabled")
        assert ucs.host_on().running

    def test_server_ports(self, ucs: UcsLab, tree: Tree) -> None:
        ports = [node for node in tree.of_class("fabricDceSwSrvEp") if node.dn.startswith("fabric/server/sw-A/")]
        assert {node.get("peerChassisId") for node in ports} == {"1", "2"}

    def test_a_port_without_a_cable_can_be_given_a_role(self, ucs: UcsLab) -> None:
        dn = ucs.put("fabricEthLanEp", "fabric/lan/A/phys-slot-1-port-53", usrLbl="spare")
        assert ucs.prop(dn, "usrLbl") == "spare"
