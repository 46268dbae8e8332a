"""VLANs, VSANs, port channels."""

from __future__ import annotations

import pytest

from emulators.ucs.refusals import Refusal
from tests.unit.ucs.config.lab import UcsLab


def test_one_vlan_is_native(ucs: UcsLab) -> None:
    ucs.vlan("app", 20)
    ucs.put("fabricVlan", "fabric/lan/net-app", defaultNet="yes")
    assert (ucs.prop("fabric/lan/net-app", "defaultNet"), ucs.prop("fabric/lan/net-default", "defaultNet")) == ("yes", "no")


def test_vlans_of_one_fabric(ucs: UcsLab) -> None:
    dn = ucs.put("fabricVlan", "fabric/lan/B/net-only", id="30")
    assert ucs.prop(dn, "switchId") == "B"
    profile = ucs.put("lsServer", "org-root/ls-xx")
    for leg, found in (("A", ""), ("B", dn)):
        ucs.put("vnicEther", f"{profile}/ether-{leg}", switchId=leg)
        ucs.put("vnicEtherIf", f"{profile}/ether-{leg}/if-only")
        assert ucs.prop(f"{profile}/ether-{leg}/if-only", "operVnetDn") == found


@pytest.mark.parametrize("dn", ["fabric/lan/net-default", "fabric/san/net-default"])
def test_the_default_stays(ucs: UcsLab, dn: str) -> None:
    with pytest.raises(Refusal) as refused:
        ucs.delete("fabricVlan" if "/lan/" in dn else "fabricVsan", dn)
    assert refused.value.error_code == "105"


def test_an_fcoe_vlan_is_no_vlans_id(ucs: UcsLab) -> None:
    ucs.vlan("app", 20)
    with pytest.raises(Refusal):
        ucs.put("fabricVsan", "fabric/san/net-x", id="100", fcoeVlan="20")
    ucs.put("fabricVsan", "fabric/san/net-x", id="100", fcoeVlan="21")
    profile = ucs.put("lsServer", "org-root/ls-xx")
    ucs.put("vnicFc", f"{profile}/fc-fc0")
    ucs.put("vnicFcIf", f"{profile}/fc-fc0/if-default", name="x")
    assert ucs.props(f"{profile}/fc-fc0/if-default", "vnet", "operVnetDn") == ("100", "fabric/san/net-x")


def test_port_channels(ucs: UcsLab) -> None:
    first, second = (ucs.put("fabricEthLanPc", f"fabric/lan/A/pc-{number}") for number in (1, 2))
    assert ucs.prop(first, "operState") == "failed"
    for port in (49, 50):
        ucs.put("fabricEthLanPcEp", f"{first}/ep-slot-1-port-{port}")
    assert ucs.props(first, "operState", "bandwidth", "switchId") == ("up", "20", "A")
    with pytest.raises(Refusal):
        ucs.put("fabricEthLanPcEp", f"{second}/ep-slot-1-port-49")
    ucs.put("fabricEthLanPc", first, adminState="disabled")
    assert ucs.prop(first, "operState") == "admin-down"
