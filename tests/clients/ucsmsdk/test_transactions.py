"""Configuration: created, changed and deleted in transactions that happen whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from ucsmsdk.mometa.fabric.FabricVlan import FabricVlan
from ucsmsdk.mometa.ls.LsServer import LsServer
from ucsmsdk.mometa.macpool.MacpoolBlock import MacpoolBlock
from ucsmsdk.mometa.macpool.MacpoolPool import MacpoolPool
from ucsmsdk.mometa.org.OrgOrg import OrgOrg
from ucsmsdk.mometa.uuidpool.UuidpoolBlock import UuidpoolBlock
from ucsmsdk.mometa.uuidpool.UuidpoolPool import UuidpoolPool
from ucsmsdk.mometa.vnic.VnicEther import VnicEther
from ucsmsdk.ucsmo import ManagedObject

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import ask, dns, refused


def commit(ucs: Any, *objects: ManagedObject, present: bool = False) -> None:
    """Add objects in one transaction."""
    for one in objects:
        ucs.add_mo(one, modify_present=present)
    ucs.commit()


# -- what can be done ------------------------------------------------------------------------------------------------------------------


def test_what_is_created_is_there_with_its_defaults(ucs: Any, org: str) -> None:
    pool = MacpoolPool(org, name="macs", descr="a & b; 100%")
    MacpoolBlock(pool, r_from="00:25:B5:AA:00:00", to="00:25:B5:AA:00:0F")
    commit(ucs, pool)
    found = ucs.query_dn(f"{org}/mac-pool-macs")
    assert (found.descr, found.assignment_order, found.size, found.assigned) == ("a & b; 100%", "default", "16", "0")
    assert dns(ucs.query_children(in_mo=found, class_id="MacpoolBlock")) == [
        f"{org}/mac-pool-macs/block-00:25:B5:AA:00:00-00:25:B5:AA:00:0F"
    ]


def test_the_objects_of_the_client_are_brought_up_to_date(ucs: Any, org: str) -> None:
    profile = LsServer(org, name="one")
    commit(ucs, profile)
    assert (profile.assoc_state, profile.type) == ("unassociated", "instance")


def test_a_change_changes_what_it_names_and_nothing_else(ucs: Any, org: str) -> None:
    pool = MacpoolPool(org, name="macs", descr="before", assignment_order="sequential")
    commit(ucs, pool)
    pool.descr = "after"
    ucs.set_mo(pool)
    ucs.commit()
    found = ucs.query_dn(pool.dn)
    assert (found.descr, found.assignment_order) == ("after", "sequential")


def test_the_same_again_is_no_error_where_it_may_be_there(ucs: Any, org: str) -> None:
    for _ in range(2):
        commit(ucs, MacpoolPool(org, name="macs", descr="x"), present=True)
    with refused("103", f"{org}/mac-pool-macs"):
        commit(ucs, MacpoolPool(org, name="macs", descr="x"))


def test_a_deletion_takes_what_is_under_it(ucs: Any, org: str) -> None:
    inner = OrgOrg(org, name="inner")
    pool = MacpoolPool(inner, name="macs")
    commit(ucs, inner)
    ucs.remove_mo(ucs.query_dn(inner.dn))
    ucs.commit()
    assert ucs.query_dn(inner.dn) is None
    assert ucs.query_dn(pool.dn) is None


def test_what_is_nested_may_be_named_once_more(ucs: Any, org: str) -> None:
    """As scripts do that add parent and child to the SDK's buffer: then the child comes twice."""
    pool = MacpoolPool(org, name="macs")
    commit(ucs, pool, MacpoolBlock(pool, r_from=mac(0), to=mac(7)))
    assert ucs.query_dn(pool.dn).size == "8"


def test_a_tree_is_created_at_once(ucs: Any, org: str) -> None:
    top = OrgOrg(org, name="a")
    for pool in range(5):
        made = UuidpoolPool(top, name=f"pool-{pool}")
        UuidpoolBlock(made, r_from=f"000{pool}-000000000001", to=f"000{pool}-000000000010")
    commit(ucs, top)
    assert len(ucs.query_dn(top.dn, hierarchy=True)) >= 11
    assert ucs.query_dn(f"{top.dn}/uuid-pool-pool-4").size == "16"


def test_many_objects_in_one_transaction(ucs: Any) -> None:
    vlans = [FabricVlan("fabric/lan", name=f"many-{number}", id=str(number)) for number in range(2000, 2100)]
    commit(ucs, *vlans)
    try:
        found = ucs.query_classid("FabricVlan", filter_str='(name, "^many-")')
        assert sorted(int(vlan.id) for vlan in found) == list(range(2000, 2100))
    finally:
        for vlan in vlans:
            ucs.remove_mo(vlan)
        ucs.commit()
    assert ucs.query_classid("FabricVlan", filter_str='(name, "^many-")') == []


def test_one_object_by_itself(ucs: Any, org: str) -> None:
    """configConfMo, which the SDK does not use."""
    config = f'<inConfig><macpoolPool dn="{org}/mac-pool-m" descr="x" status="created,modified"/></inConfig>'
    answer = ask(ucs, "configConfMo", config, cookie=ucs.cookie, dn=f"{org}/mac-pool-m", inHierarchical="false")
    (made,) = answer.iterfind("outConfig/macpoolPool")
    assert (made.get("dn"), made.get("descr")) == (f"{org}/mac-pool-m", "x")


def test_the_same_change_to_several_objects(ucs: Any, org: str) -> None:
    commit(ucs, *(MacpoolPool(org, name=f"m{number}") for number in range(3)))
    named = "".join(f'<dn value="{org}/mac-pool-m{number}"/>' for number in (0, 2))
    content = f'<inDns>{named}</inDns><inConfig><macpoolPool descr="group"/></inConfig>'
    ask(ucs, "configConfMoGroup", content, cookie=ucs.cookie, inHierarchical="false")
    filtered = '<inFilter><eq class="macpoolPool" property="name" value="m1"/></inFilter><inConfig><macpoolPool descr="filter"/></inConfig>'
    ask(ucs, "configConfFiltered", filtered, cookie=ucs.cookie, classId="macpoolPool", inHierarchical="false")
    assert [ucs.query_dn(f"{org}/mac-pool-m{number}").descr for number in range(3)] == ["group", "filter", "group"]


# -- what cannot ------------------------------------------------------------------------------------------------------------------------


def config(class_id: str, **props: str) -> str:
    """An object in the form of the wire, with whatever properties."""
    given = "".join(f' {name}="{value}"' for name, value in props.items())
    return f"<{class_id}{given}/>"


def put(ucs: Any, *objects: tuple[str, str]) -> tuple[str | None, str]:
    """Send pairs of keys and objects in one transaction; the error's code and description."""
    pairs = "".join(f'<pair key="{key}">{written}</pair>' for key, written in objects)
    answer = ask(ucs, "configConfMos", f"<inConfigs>{pairs}</inConfigs>", cookie=ucs.cookie, inHierarchical="false")
    return answer.get("errorCode"), str(answer.get("errorDescr"))


PARSE = "ERR-xml-parse-error"
BAD = [
    ("fabric/lan/net-x", config("fabricVlan", dn="fabric/lan/net-x", id="abc", status="created"), PARSE),
    ("fabric/lan/net-x", config("fabricVlan", dn="fabric/lan/net-x", id="0", status="created"), PARSE),
    ("fabric/lan/net-x", config("fabricVlan", dn="fabric/lan/net-x", id="4095", status="created"), PARSE),
    ("fabric/lan/net-x", config("fabricVlan", dn="fabric/lan/net-x", id="12", noSuch="1", status="created"), PARSE),
    ("fabric/lan/net-x", config("noSuchClass", dn="fabric/lan/net-x", status="created"), PARSE),
    ("fabric/lan/net-x", config("fabricVlan", dn="fabric/lan/net-x", id="12", operState="ok", status="created"), "107"),
    ("{org}/mac-pool-x", config("macpoolPool", dn="{org}/mac-pool-x", size="5", status="created"), "107"),
    ("{org}/mac-pool-x", config("macpoolPool", dn="{org}/mac-pool-x", name="y", status="created"), PARSE),
    ("{org}/mac-pool-x", config("macpoolPool", dn="{org}/mac-pool-x", descr="x" * 300, status="created"), PARSE),
    ("{org}/mac-pool-x", config("macpoolPool", dn="{org}/mac-pool-x", assignmentOrder="random", status="created"), PARSE),
    ("{org}/ls-x", config("lsServer", dn="{org}/ls-x", name="x", type="other", status="created"), PARSE),
    ("{org}/nowhere/ls-x", config("lsServer", dn="{org}/nowhere/ls-x", status="created"), None),
    ("{org}/org-no/ls-x", config("lsServer", dn="{org}/org-no/ls-x", status="created"), None),
    ("sys/mac-pool-x", config("macpoolPool", dn="sys/mac-pool-x", status="created"), None),
    ("sys/chassis-1/blade-1", config("computeBlade", dn="sys/chassis-1/blade-1", status="deleted"), None),
    ("sys/chassis-1/blade-1", config("computeBlade", dn="sys/chassis-1/blade-1", serial="X"), "107"),
    ("{org}/mac-pool-none", config("macpoolPool", dn="{org}/mac-pool-none", descr="x", status="modified"), "102"),
    ("{org}/mac-pool-none", config("macpoolPool", dn="{org}/mac-pool-none", status="deleted"), "102"),
    ("{org}", config("orgOrg", dn="{org}", status="perhaps"), None),
    ("one", config("macpoolPool", dn="{org}/mac-pool-x", status="created"), PARSE),
]


@pytest.mark.parametrize(("key", "written", "code"), BAD, ids=[f"{place}-{code}" for place, (_, _, code) in enumerate(BAD)])
def test_bad_objects_are_refused_and_change_nothing(ucs: Any, org: str, key: str, written: str, code: str | None) -> None:
    before = everything(ucs)
    found, _ = put(
        ucs, (f"{org}/mac-pool-good", config("macpoolPool", dn=f"{org}/mac-pool-good")), (key.format(org=org), written.format(org=org))
    )
    assert found is not None
    assert code in {None, found}
    assert everything(ucs) == before


def test_a_method_that_is_called_wrongly_does_nothing(ucs: Any, org: str) -> None:
    written = config("macpoolPool", dn=f"{org}/mac-pool-x", status="created")
    content = f'<inConfigs><pair key="{org}/mac-pool-x">{written}</pair></inConfigs>'
    answer = ask(ucs, "configConfMos", content, cookie=ucs.cookie, inHierarchical="perhaps")
    assert answer.get("errorCode") == PARSE
    assert ucs.query_dn(f"{org}/mac-pool-x") is None


def everything(ucs: Any) -> bytes | str:
    """All organisations with all that is in them."""
    return str(ucs.post_xml(xml_str=f'<configResolveClass cookie="{ucs.cookie}" classId="orgOrg" inHierarchical="true"/>'.encode()))


def test_all_of_a_transaction_or_none(ucs: Any, org: str) -> None:
    commit(ucs, MacpoolPool(org, name="there"))
    for one in (MacpoolPool(org, name="before"), MacpoolPool(org, name="there"), MacpoolPool(org, name="after")):
        ucs.add_mo(one)
    with refused("103", f"{org}/mac-pool-there"):
        ucs.commit()
    assert [ucs.query_dn(f"{org}/mac-pool-{name}") for name in ("before", "after")] == [None, None]
    commit(ucs, MacpoolPool(org, name="before"))


def test_a_transaction_sees_its_own_changes(ucs: Any, org: str) -> None:
    good = (f"{org}/org-new", config("orgOrg", dn=f"{org}/org-new", status="created"))
    inside = (f"{org}/org-new/mac-pool-x", config("macpoolPool", dn=f"{org}/org-new/mac-pool-x", status="created"))
    assert put(ucs, good, inside)[0] is None
    assert put(ucs, (f"{org}/org-new", config("orgOrg", dn=f"{org}/org-new", status="deleted")), inside)[0] is not None
    assert ucs.query_dn(f"{org}/org-new") is not None


@pytest.mark.parametrize("other", [(8, 23), (0, 15), (4, 5)])
def test_overlapping_blocks_of_a_pool_are_refused(ucs: Any, org: str, other: tuple[int, int]) -> None:
    pool = MacpoolPool(org, name="macs")
    MacpoolBlock(pool, r_from=mac(0), to=mac(15))
    commit(ucs, pool)
    with refused("103"):
        commit(ucs, MacpoolBlock(pool.dn, r_from=mac(other[0]), to=mac(other[1])))
    assert ucs.query_dn(pool.dn).size == "16"


def mac(number: int) -> str:
    """An address of a pool."""
    return f"00:25:B5:AA:00:{number:02X}"


def test_a_block_that_is_too_large_is_refused(ucs: Any, org: str) -> None:
    pool = MacpoolPool(org, name="macs")
    MacpoolBlock(pool, r_from="00:25:B5:00:00:00", to="00:25:B5:0F:FF:FF")
    with refused("150"):
        commit(ucs, pool)
    assert ucs.query_dn(f"{org}/mac-pool-macs") is None


def test_two_vlans_do_not_have_one_name(ucs: Any) -> None:
    first = FabricVlan("fabric/lan", name="twice", id="3001")
    commit(ucs, first)
    try:
        with refused("103"):
            commit(ucs, FabricVlan("fabric/lan", name="twice", id="3002"))
        assert ucs.query_dn(first.dn).id == "3001"
    finally:
        ucs.remove_mo(first)
        ucs.commit()


# -- what follows -------------------------------------------------------------------------------------------------------------------------


def test_profiles_draw_from_pools_and_give_back(ucs: Any, org: str) -> None:
    macs, uuids = MacpoolPool(org, name="macs"), UuidpoolPool(org, name="uuids", prefix="AAAAAAAA-0000-0000")
    MacpoolBlock(macs, r_from=mac(0), to=mac(1))
    UuidpoolBlock(uuids, r_from="0000-000000000001", to="0000-000000000004")
    commit(ucs, macs, uuids)
    profiles = [LsServer(org, name=name, ident_pool_name="uuids") for name in ("p-a", "p-b", "p-c")]
    for profile in profiles:
        VnicEther(profile, name="eth0", ident_pool_name="macs")
    commit(ucs, *profiles)
    addresses = [ucs.query_dn(f"{org}/ls-{name}/ether-eth0").addr for name in ("p-a", "p-b", "p-c")]
    assert (sorted(addresses[:2]), addresses[2]) == ([mac(0), mac(1)], "derived"), "the pool has two"
    assert len({ucs.query_dn(f"{org}/ls-{name}").uuid for name in ("p-a", "p-b", "p-c")}) == 3
    assert (ucs.query_dn(macs.dn).assigned, ucs.query_dn(uuids.dn).assigned) == ("2", "3")
    ucs.remove_mo(ucs.query_dn(f"{org}/ls-p-a"))
    ucs.commit()
    assert ucs.query_dn(macs.dn).assigned == "2", "the one that waited has it now"
    assert ucs.query_dn(f"{org}/ls-p-c/ether-eth0").addr == addresses[0]


def test_names_are_looked_up_towards_the_root(ucs: Any, org: str) -> None:
    inner = OrgOrg(org, name="inner")
    commit(ucs, MacpoolPool(org, name="macs"), inner)
    profile = LsServer(inner, name="one")
    VnicEther(profile, name="eth0", ident_pool_name="macs")
    commit(ucs, profile)
    assert ucs.query_dn(f"{inner.dn}/ls-one/ether-eth0").oper_ident_pool_name == f"{org}/mac-pool-macs"
    commit(ucs, MacpoolPool(inner.dn, name="macs"))
    assert ucs.query_dn(f"{inner.dn}/ls-one/ether-eth0").oper_ident_pool_name == f"{inner.dn}/mac-pool-macs"


def test_the_label_of_a_blade(ucs: Any) -> None:
    blade = ucs.query_dn("sys/chassis-1/blade-2")
    blade.usr_lbl = "rack 7 & up"
    ucs.set_mo(blade)
    ucs.commit()
    assert ucs.query_dn(blade.dn).usr_lbl == "rack 7 & up"
    blade.usr_lbl = ""
    ucs.set_mo(blade)
    ucs.commit()
    assert ucs.query_dn(blade.dn).usr_lbl == ""


def test_the_impact_of_a_change_can_be_asked_for(ucs: Any, org: str, simulated: Datacenter) -> None:
    before = simulated.rest("GET", "/sim/state")["sequence"]
    ucs.add_mo(LsServer(org, name="one"))
    ucs.estimate_impact()
    ucs.commit_buffer_discard()
    assert ucs.query_dn(f"{org}/ls-one") is None
    assert simulated.rest("GET", "/sim/state")["sequence"] == before
