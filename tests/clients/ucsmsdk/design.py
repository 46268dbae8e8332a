"""What the operator of the story configures: organisation, pools, VLANs, vNIC templates, policies, and a service profile template."""

from __future__ import annotations

from typing import Any

from ucsmsdk.mometa.fabric.FabricVlan import FabricVlan
from ucsmsdk.mometa.fcpool.FcpoolBlock import FcpoolBlock
from ucsmsdk.mometa.fcpool.FcpoolInitiators import FcpoolInitiators
from ucsmsdk.mometa.ls.LsServer import LsServer
from ucsmsdk.mometa.lsboot.LsbootLan import LsbootLan
from ucsmsdk.mometa.lsboot.LsbootPolicy import LsbootPolicy
from ucsmsdk.mometa.lsmaint.LsmaintMaintPolicy import LsmaintMaintPolicy
from ucsmsdk.mometa.macpool.MacpoolBlock import MacpoolBlock
from ucsmsdk.mometa.macpool.MacpoolPool import MacpoolPool
from ucsmsdk.mometa.org.OrgOrg import OrgOrg
from ucsmsdk.mometa.uuidpool.UuidpoolBlock import UuidpoolBlock
from ucsmsdk.mometa.uuidpool.UuidpoolPool import UuidpoolPool
from ucsmsdk.mometa.vnic.VnicConnDef import VnicConnDef
from ucsmsdk.mometa.vnic.VnicEther import VnicEther
from ucsmsdk.mometa.vnic.VnicEtherIf import VnicEtherIf
from ucsmsdk.mometa.vnic.VnicFc import VnicFc
from ucsmsdk.mometa.vnic.VnicFcIf import VnicFcIf
from ucsmsdk.mometa.vnic.VnicFcNode import VnicFcNode
from ucsmsdk.mometa.vnic.VnicLanConnPolicy import VnicLanConnPolicy
from ucsmsdk.mometa.vnic.VnicLanConnTempl import VnicLanConnTempl

ORG = "org-root/org-prod"
TEMPLATE = f"{ORG}/ls-esx-template"


def make_pools(ucs: Any) -> None:
    """The organisation with pools of MACs and WWNs for each fabric, of node WWNs and of UUIDs, 32 each."""
    org = OrgOrg("org-root", name="prod", descr="production")
    for leg in "AB":
        pool = MacpoolPool(org, name=f"mac-{leg}", assignment_order="sequential")
        MacpoolBlock(pool, r_from=f"00:25:B5:0{leg}:00:01", to=f"00:25:B5:0{leg}:00:20")
        wwns = FcpoolInitiators(org, name=f"wwpn-{leg}", purpose="port-wwn-assignment", assignment_order="sequential")
        FcpoolBlock(wwns, r_from=f"20:00:00:25:B5:0{leg}:00:01", to=f"20:00:00:25:B5:0{leg}:00:20")
    nodes = FcpoolInitiators(org, name="wwnn", purpose="node-wwn-assignment", assignment_order="sequential")
    FcpoolBlock(nodes, r_from="20:00:00:25:B5:FF:00:01", to="20:00:00:25:B5:FF:00:20")
    uuids = UuidpoolPool(org, name="uuid", prefix="1B4E28BA-2FA1-11D2", assignment_order="sequential")
    UuidpoolBlock(uuids, r_from="0000-000000000001", to="0000-000000000020")
    ucs.add_mo(org)
    ucs.commit()


def make_template(ucs: Any) -> None:
    """Two VLANs, a vNIC template for each fabric that carries both, and the template with vNICs, vHBAs, boot and maintenance policy."""
    for name, number in (("mgmt", "10"), ("app", "20")):
        ucs.add_mo(FabricVlan("fabric/lan", name=name, id=number), modify_present=True)
    for leg in "AB":
        vnic = VnicLanConnTempl(
            ORG, name=f"vnic-{leg}", switch_id=leg, ident_pool_name=f"mac-{leg}", templ_type="updating-template", mtu="9000"
        )
        VnicEtherIf(vnic, name="mgmt", default_net="yes")
        VnicEtherIf(vnic, name="app")
        ucs.add_mo(vnic)
    lan = VnicLanConnPolicy(ORG, name="lan")
    VnicEther(lan, name="eth0", nw_templ_name="vnic-A", order="1")
    VnicEther(lan, name="eth1", nw_templ_name="vnic-B", order="2")
    ucs.add_mo(lan)
    boot = LsbootPolicy(ORG, name="pxe", reboot_on_update="no")
    LsbootLan(boot, prot="pxe", order="1")
    ucs.add_mo(boot)
    ucs.add_mo(LsmaintMaintPolicy(ORG, name="ask", uptime_disr="user-ack"))
    template = LsServer(
        ORG, name="esx-template", type="updating-template", ident_pool_name="uuid", boot_policy_name="pxe", maint_policy_name="ask"
    )
    VnicConnDef(template, lan_conn_policy_name="lan")
    VnicFcNode(template, ident_pool_name="wwnn", addr="pool-derived")
    for place, leg in enumerate("AB"):
        port = VnicFc(template, name=f"fc{place}", switch_id=leg, ident_pool_name=f"wwpn-{leg}", order=str(place + 3))
        VnicFcIf(port, name="default")
    ucs.add_mo(template)
    ucs.commit()
