"""Methods that the SDK builds and reads and has no function of its own for: each is called as its method factory writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ucsmsdk import ucsmethodfactory as factory
from ucsmsdk.mometa.ls.LsServer import LsServer
from ucsmsdk.mometa.macpool.MacpoolPool import MacpoolPool
from ucsmsdk.mometa.org.OrgOrg import OrgOrg
from ucsmsdk.ucsbasetype import ClassId, ClassIdSet, ConfigConfig, Dn, DnSet, Id, IdSet
from ucsmsdk.ucsexception import UcsException
from ucsmsdk.ucsfilter import generate_infilter

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import ask, connected, dns, door, refused
from tests.clients.ucsmsdk.stage import Listener


def call(ucs: Any, build: Callable[..., Any], **parameters: Any) -> Any:
    """The SDK's answer to a method; raises UcsException for a refusal."""
    if "cookie" in build.__code__.co_varnames[: build.__code__.co_argcount]:
        parameters.setdefault("cookie", ucs.cookie)
    answer = ucs.post_elem(build(**parameters))
    if answer.error_code != 0:
        raise UcsException(answer.error_code, answer.error_descr)
    return answer


def inside(answer: Any, name: str) -> list[Any]:
    """The objects in a parameter of an answer, those in pairs by themselves."""
    found = list(getattr(answer, name).child)
    return [one.child[0] if one.get_class_id() == "Pair" else one for one in found]


def config(mo: Any) -> ConfigConfig:
    """An object as a parameter."""
    made = ConfigConfig()
    made.child_add(mo)
    return made


def ids(*numbers: str) -> IdSet:
    """Numbers of faults as a parameter."""
    made = IdSet()
    for number in numbers:
        one = Id()
        one.value = number
        made.child_add(one)
    return made


def dn_set(*names: str) -> DnSet:
    """DNs as a parameter."""
    made = DnSet()
    for name in names:
        one = Dn()
        one.value = name
        made.child_add(one)
    return made


# -- tokens --------------------------------------------------------------------------------------------------------------------------


def test_a_token_is_good_once(ucs: Any) -> None:
    token = call(ucs, factory.aaa_get_auth_token_client, in_cookie=ucs.cookie).out_tokens
    checked = call(ucs, factory.aaa_check_compute_auth_token, in_token=token, in_user="admin")
    assert (checked.out_allow, checked.out_priv) == ("yes", "admin,read-only")
    assert call(ucs, factory.aaa_check_compute_auth_token, in_token=token, in_user="admin").out_allow == "no"


def test_tokens_for_a_server_open_sessions(ucs: Any) -> None:
    server = "sys/chassis-1/blade-1"
    tokens = call(ucs, factory.aaa_get_n_compute_auth_token_by_dn, in_cookie=ucs.cookie, in_dn=server, in_number_of="2").out_tokens
    assert len(set(tokens.split(","))) == 2
    opened = call(ucs, factory.aaa_token_login, cookie="", in_name="admin", in_token=tokens.split(",")[0])
    refreshed = call(ucs, factory.aaa_token_refresh, in_cookie=opened.out_cookie, in_name="admin")
    assert refreshed.out_cookie != opened.out_cookie
    assert call(ucs, factory.aaa_logout, in_cookie=refreshed.out_cookie, in_delay_secs="0").out_status == "success"
    with refused(102):
        call(ucs, factory.aaa_get_n_compute_auth_token_by_dn, in_cookie=ucs.cookie, in_dn="sys/chassis-9/blade-9", in_number_of="1")


def test_a_session_is_kept_alive(ucs: Any) -> None:
    assert call(ucs, factory.aaa_keep_alive).response == "yes"


# -- faults, audit, events -----------------------------------------------------------------------------------------------------------


def test_faults_are_acknowledged_by_their_numbers(ucs: Any, simulated: Datacenter) -> None:
    parts = [one["name"] for one in simulated.rest("GET", "/sim/entities/power_supply?limit=3")["items"]]
    uids = [simulated.rest("POST", "/sim/inject/psu-failure", {"subject": name})["uid"] for name in parts]
    try:
        faults = [one for one in ucs.query_classid("faultInst") if one.code == "F0374"]
        assert {one.ack for one in faults} == {"no"}
        (found,) = inside(call(ucs, factory.fault_resolve_fault, in_id=faults[0].id), "out_fault")
        assert (found.dn, found.id) == (faults[0].dn, faults[0].id)
        call(ucs, factory.fault_ack_fault, in_id=faults[0].id)
        assert [ucs.query_dn(one.dn).ack for one in faults] == ["yes", "no", "no"]
        with refused(102):
            call(ucs, factory.fault_ack_faults, in_ids=ids(faults[1].id, "1"))
        assert ucs.query_dn(faults[1].dn).ack == "no", "all of them or none"
        call(ucs, factory.fault_ack_faults, in_ids=ids(*(one.id for one in faults)))
        assert {ucs.query_dn(one.dn).ack for one in faults} == {"yes"}
    finally:
        for uid in uids:
            simulated.rest("DELETE", f"/sim/faults/{uid}")


def test_the_audit_log_tells_who_did_what(ucs: Any, org: str) -> None:
    entry = next(one for one in ucs.query_classid("aaaModLR") if one.affected == org)
    assert (entry.user, entry.ind, entry.trig) == ("admin", "creation", "admin")
    assert entry.session_id.startswith("web_")


def test_what_was_missed_can_be_had_again(simulated: Datacenter, ucs: Any, org: str) -> None:
    with connected(simulated, door(simulated, secure=False)) as other:
        listener = Listener(other)
        assert call(ucs, factory.event_unsubscribe).out_status == "fail", "the other session has a subscription, this one none"
    listener.close()
    ucs.add_mo(MacpoolPool(org, name="told"))
    ucs.commit()
    missed = call(ucs, factory.logging_sync_ocns, in_from_or_zero="0", in_to_or_zero="0").out_stimuli.child
    answer = ask(ucs, "loggingSyncOcns", cookie=ucs.cookie, inFromOrZero="0", inToOrZero="0")  # the SDK does not read what is in them
    told = [one.get("dn") for one in answer.iterfind("outStimuli/configMoChangeEvent/inConfig/*")]
    assert (len(told), f"{org}/mac-pool-told" in told) == (len(missed), True)
    assert call(ucs, factory.event_send_heartbeat).out_system_time[:2] == "20"


# -- long lists ----------------------------------------------------------------------------------------------------------------------


def test_a_long_list_in_pieces(ucs: Any) -> None:
    opened = call(ucs, factory.config_resolve_class_sorted, class_id="memoryUnit", in_filter=None, in_size="3")
    whole = dns(ucs.query_classid("memoryUnit"))
    assert opened.out_total_size == str(len(whole))
    context = opened.out_context
    assert _piece(ucs, context, "3") == whole[:3]
    call(ucs, factory.config_renew_resolve_context, in_context=context)
    assert _piece(ucs, context, str(len(whole))) == whole
    call(ucs, factory.config_release_resolve_context, in_context=context)
    with refused(102):
        call(ucs, factory.config_resolve_context, in_context=context, in_size="3")


def _piece(ucs: Any, context: str, size: str) -> list[str]:
    """The next DNs of a list; the SDK does not know that there are objects in the answer."""
    answer = ask(ucs, "configResolveContext", cookie=ucs.cookie, inContext=context, inSize=size)
    return [str(one.get("dn")) for one in answer.iterfind("outConfigs/*")]


def test_long_lists_of_several_classes_and_of_children(ucs: Any) -> None:
    classes = ClassIdSet()
    for name in ("computeBlade", "equipmentChassis"):
        one = ClassId()
        one.value = name
        classes.child_add(one)
    opened = call(ucs, factory.config_resolve_classes_sorted, in_ids=classes, in_size="100")
    assert opened.out_total_size == str(len(ucs.query_classid("computeBlade")) + len(ucs.query_classid("equipmentChassis")))
    below = call(ucs, factory.config_resolve_children_sorted, class_id="computeBlade", in_dn="sys/chassis-1", in_filter=None, in_size="100")
    assert below.out_total_size == str(len(ucs.query_children(in_dn="sys/chassis-1", class_id="computeBlade")))


# -- what organisations see ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", [factory.org_resolve_elements, factory.pool_resolve_in_scope])
def test_the_nearest_of_a_name(ucs: Any, org: str, build: Callable[..., Any]) -> None:
    ucs.add_mo(MacpoolPool(org, name="default"))
    ucs.commit()
    seen = inside(call(ucs, build, dn=org, in_class="macpoolPool", in_filter=None, in_single_level="false"), "out_configs")
    assert [one.dn for one in seen if one.name == "default"] == [f"{org}/mac-pool-default"]
    with refused(102):
        call(ucs, build, dn="org-root/org-nowhere", in_class="macpoolPool", in_filter=None, in_single_level="false")


def test_policies_parents_and_thresholds(ucs: Any, org: str) -> None:
    named = call(
        ucs,
        factory.policy_resolve_names,
        in_client_connector_dn="",
        in_context=org,
        in_filter=None,
        in_policy_type="lsbootPolicy",
    )
    assert "org-root/boot-policy-default" in dns(inside(named, "out_policy_names"))
    above = call(ucs, factory.org_resolve_logical_parents, dn=org, in_single_level="false")
    assert dns(inside(above, "out_configs")) == ["org-root", org]
    (policy,) = inside(call(ucs, factory.stats_resolve_threshold_policy, dn="sys/chassis-1/blade-1"), "out_config")
    assert policy.dn == "org-root/thr-policy-default"


def test_templates_that_can_be_seen(ucs: Any, org: str) -> None:
    ucs.add_mo(LsServer(org, name="tmpl", type="updating-template"))
    ucs.commit()
    found = call(ucs, factory.ls_resolve_templates, dn=org, in_exclude_if_bound="false", in_filter=None, in_type="updating-template")
    assert f"{org}/ls-tmpl" in dns(inside(found, "out_configs"))


# -- writing -------------------------------------------------------------------------------------------------------------------------


def test_one_object_several_and_all_that_a_filter_lets_through(ucs: Any, org: str) -> None:
    pools = [f"{org}/mac-pool-{name}" for name in ("a", "b", "c")]
    for dn in pools:
        (made,) = inside(call(ucs, factory.config_conf_mo, dn=dn, in_config=config(MacpoolPool(org, name=dn[-1]))), "out_config")
        assert made.dn == dn
    changed = call(ucs, factory.config_conf_mo_group, in_config=_bare("macpoolPool", descr="two of them"), in_dns=dn_set(*pools[:2]))
    assert dns(inside(changed, "out_configs")) == pools[:2]
    assert [ucs.query_dn(dn).descr for dn in pools] == ["two of them", "two of them", ""]
    wanted = generate_infilter("MacpoolPool", f'(dn, "{pools[2]}", type="eq")', True)
    third = call(
        ucs, factory.config_conf_filtered, class_id="macpoolPool", in_config=_bare("macpoolPool", descr="the third"), in_filter=wanted
    )
    assert dns(inside(third, "out_configs")) == pools[2:]
    assert ucs.query_dn(pools[2]).descr == "the third"


def _bare(class_id: str, **props: str) -> Any:
    """A change without a DN, as a parameter."""
    from ucsmsdk.ucsmo import GenericMo

    return config(GenericMo(class_id, **props))


def test_a_profile_gets_another_name(ucs: Any, org: str) -> None:
    ucs.add_mo(LsServer(org, name="before"))
    ucs.commit()
    (renamed,) = inside(call(ucs, factory.config_conf_rename, dn=f"{org}/ls-before", in_new_name="after"), "out_config")
    assert renamed.dn == f"{org}/ls-after"
    with refused(102):
        call(ucs, factory.config_conf_rename, dn=f"{org}/ls-before", in_new_name="again")


def test_servers_that_conform_to_a_firmware_package(ucs: Any) -> None:
    answer = call(ucs, factory.config_check_conformance, dn="org-root/fw-host-pack-default")
    assert [one.value for one in answer.out_non_conf_dns.child] == []


def test_what_there_is_not_is_refused(ucs: Any) -> None:
    with refused(108):
        call(ucs, factory.config_find_permitted, dn="org-root", in_class_id="macpoolPool", in_filter=None)
    with refused(108):
        call(ucs, factory.method_resolve_vessel, in_stimuli=None)
    ucs.add_mo(OrgOrg("org-root", name="left-out"))
    ucs.commit_buffer_discard()
    assert ucs.query_dn("org-root/org-left-out") is None
