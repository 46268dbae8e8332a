"""Service profiles and templates by the methods that make them, and what can be seen from an organisation, with ucsmsdk's own calls."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import ask, refused


@pytest.fixture
def template(ucs: Any, org: str) -> str:
    """An updating template with a vNIC, and the pools that it draws from."""
    from ucsmsdk.mometa.ls.LsServer import LsServer
    from ucsmsdk.mometa.macpool.MacpoolBlock import MacpoolBlock
    from ucsmsdk.mometa.macpool.MacpoolPool import MacpoolPool
    from ucsmsdk.mometa.vnic.VnicEther import VnicEther

    pool = MacpoolPool(org, name="macs", assignment_order="sequential")
    MacpoolBlock(pool, r_from="00:25:B5:C0:00:01", to="00:25:B5:C0:00:40")
    made = LsServer(org, name="template", type="updating-template", descr="of all")
    VnicEther(made, name="eth0", ident_pool_name="macs")
    ucs.add_mo(pool)
    ucs.add_mo(made)
    ucs.commit()
    return str(made.dn)


def names_in(elements: Any) -> list[str]:
    """The names of the objects that a method answered, in order."""
    return sorted(one.name for one in elements)


def name_set(*names: str) -> Any:
    """ucsmsdk's set of names."""
    from ucsmsdk.ucsbasetype import Dn, DnSet

    found = DnSet()
    for name in names:
        one = Dn()
        one.value = name
        found.child_add(one)
    return found


class TestInstances:
    """Profiles from templates."""

    def test_one(self, ucs: Any, org: str, template: str) -> None:
        from ucsmsdk.ucsmethodfactory import ls_instantiate_template

        asked = ls_instantiate_template(ucs.cookie, template, "true", "one", org, "false")
        (made,) = ucs.process_xml_elem(asked)
        assert (made.dn, made.type, made.oper_src_templ_name) == (f"{org}/ls-one", "instance", template)
        assert ucs.query_dn(f"{org}/ls-one/ether-eth0").addr == "00:25:B5:C0:00:01"
        with refused(103):
            ucs.process_xml_elem(asked)
        (again,) = ucs.process_xml_elem(ls_instantiate_template(ucs.cookie, template, "false", "one", org, "false"))
        assert again.dn == made.dn

    def test_numbered(self, ucs: Any, org: str, template: str) -> None:
        from ucsmsdk.ucsmethodfactory import ls_instantiate_n_template

        made = ucs.process_xml_elem(ls_instantiate_n_template(ucs.cookie, template, "3", "esx-", org, "false"))
        assert names_in(made) == ["esx-1", "esx-2", "esx-3"]
        macs = {ucs.query_dn(f"{one.dn}/ether-eth0").addr for one in made}
        assert len(macs) == 3

    def test_named_or_none(self, ucs: Any, org: str, template: str) -> None:
        from ucsmsdk.ucsmethodfactory import ls_instantiate_n_named_template

        ask_for = ls_instantiate_n_named_template
        assert names_in(ucs.process_xml_elem(ask_for(ucs.cookie, template, "true", name_set("aa", "bb"), org, "false"))) == ["aa", "bb"]
        with refused(103):
            ucs.process_xml_elem(ask_for(ucs.cookie, template, "true", name_set("cc", "aa"), org, "false"))
        assert ucs.query_dn(f"{org}/ls-cc") is None

    @pytest.mark.parametrize(
        ("attributes", "code"),
        [
            ({"dn": "org-root/ls-none"}, "102"),
            ({"inTargetOrg": "org-root/org-none"}, "102"),
            ({"inServerName": "not/a/name"}, "ERR-xml-parse-error"),
            ({"inServerName": ""}, "ERR-xml-parse-error"),
        ],
    )
    def test_what_cannot_be_made(self, ucs: Any, org: str, template: str, attributes: dict[str, str], code: str) -> None:
        given = {"dn": template, "inServerName": "ok", "inTargetOrg": org, **attributes}
        assert ask(ucs, "lsInstantiateTemplate", cookie=ucs.cookie, **given).get("errorCode") == code

    @pytest.mark.parametrize("count", ["0", "300", "many"])
    def test_how_many(self, ucs: Any, org: str, template: str, count: str) -> None:
        answer = ask(ucs, "lsInstantiateNTemplate", cookie=ucs.cookie, dn=template, inNumberOf=count, inTargetOrg=org)
        assert answer.get("errorCode") == "ERR-xml-parse-error"


class TestCopies:
    """Clones, templates from profiles, and other names."""

    @pytest.fixture
    def profile(self, ucs: Any, org: str, template: str) -> str:
        """A profile from the template."""
        from ucsmsdk.ucsmethodfactory import ls_instantiate_template

        (made,) = ucs.process_xml_elem(ls_instantiate_template(ucs.cookie, template, "true", "one", org, "false"))
        return str(made.dn)

    def test_a_clone_is_free_and_has_identities_of_its_own(self, ucs: Any, org: str, profile: str) -> None:
        from ucsmsdk.ucsmethodfactory import ls_clone

        (made,) = ucs.process_xml_elem(ls_clone(ucs.cookie, profile, "two", org, "false"))
        assert (made.dn, made.type, made.src_templ_name) == (f"{org}/ls-two", "instance", "")
        assert ucs.query_dn(f"{org}/ls-two/ether-eth0").addr == "00:25:B5:C0:00:02"

    def test_a_template_of_a_profile(self, ucs: Any, org: str, profile: str) -> None:
        from ucsmsdk.ucsmethodfactory import ls_templatise

        (made,) = ucs.process_xml_elem(ls_templatise(ucs.cookie, profile, org, "more", "initial-template", "false"))
        assert (made.type, made.uuid) == ("initial-template", "derived")
        answer = ask(ucs, "lsTemplatise", cookie=ucs.cookie, dn=profile, inTemplateName="most", inTemplateType="other", inTargetOrg=org)
        assert answer.get("errorCode") == "ERR-xml-parse-error"

    def test_another_name(self, ucs: Any, org: str, profile: str) -> None:
        answer = ask(ucs, "configConfRename", cookie=ucs.cookie, dn=profile, inNewName="uno")
        assert answer.find("outConfig/lsServer") is not None
        assert ucs.query_dn(profile) is None
        assert ucs.query_dn(f"{org}/ls-uno/ether-eth0").addr == "00:25:B5:C0:00:01"
        assert ucs.query_dn(f"{org}/mac-pool-macs/00:25:B5:C0:00:01").assigned_to_dn == f"{org}/ls-uno/ether-eth0"
        assert ask(ucs, "configConfRename", cookie=ucs.cookie, dn=profile, inNewName="due").get("errorCode") == "102"

    def test_what_comes_from_the_template_is_the_templates(self, ucs: Any, profile: str) -> None:
        vnic = ucs.query_dn(f"{profile}/ether-eth0")
        vnic.mtu = "9000"
        ucs.set_mo(vnic)
        with refused(106, "unbind"):
            ucs.commit()
        free = ucs.query_dn(profile)
        free.src_templ_name = ""
        ucs.set_mo(free)
        ucs.set_mo(vnic)
        ucs.commit()
        assert ucs.query_dn(f"{profile}/ether-eth0").mtu == "9000"


class TestScopes:
    """What names mean in an organisation."""

    @pytest.fixture
    def inner(self, ucs: Any, org: str) -> str:
        """An organisation within, with a pool of a name that the outer one has too."""
        from ucsmsdk.mometa.macpool.MacpoolPool import MacpoolPool
        from ucsmsdk.mometa.org.OrgOrg import OrgOrg

        made = OrgOrg(org, name="inner")
        for parent, name in ((made, "both"), (org, "both"), (org, "outer")):
            ucs.add_mo(MacpoolPool(parent, name=name))
        ucs.add_mo(made)
        ucs.commit()
        return str(made.dn)

    @pytest.mark.parametrize("method", ["orgResolveElements", "poolResolveInScope"])
    def test_the_nearest_of_each_name(self, ucs: Any, org: str, inner: str, method: str) -> None:
        answer = ask(ucs, method, cookie=ucs.cookie, dn=inner, inClass="macpoolPool", inSingleLevel="no")
        found = [pair.get("key") for pair in answer.iterfind("outConfigs/pair")]
        assert found == [f"{inner}/mac-pool-both", f"{org}/mac-pool-outer", "org-root/mac-pool-default"]
        single = ask(ucs, method, cookie=ucs.cookie, dn=inner, inClass="macpoolPool", inSingleLevel="yes")
        assert [pair.get("key") for pair in single.iterfind("outConfigs/pair")] == [f"{inner}/mac-pool-both"]
        assert ask(ucs, method, cookie=ucs.cookie, dn="org-root/org-none", inClass="macpoolPool").get("errorCode") == "102"

    def test_the_organisations_above(self, ucs: Any, org: str, inner: str) -> None:
        answer = ask(ucs, "orgResolveLogicalParents", cookie=ucs.cookie, dn=inner)
        assert [pair.get("key") for pair in answer.iterfind("outConfigs/pair")] == [inner, org, "org-root"]

    def test_policies(self, ucs: Any, inner: str) -> None:
        answer = ask(ucs, "policyResolveNames", cookie=ucs.cookie, inContext=inner, inPolicyType="lsbootPolicy")
        assert [one.get("dn") for one in answer.iterfind("outPolicyNames/lsbootPolicy")] == ["org-root/boot-policy-default"]

    def test_templates(self, ucs: Any, inner: str, template: str) -> None:
        found = ask(ucs, "lsResolveTemplates", cookie=ucs.cookie, dn=inner, inType="updating-template")
        assert [pair.get("key") for pair in found.iterfind("outConfigs/pair")] == [template]
        none = ask(ucs, "lsResolveTemplates", cookie=ucs.cookie, dn=inner, inType="initial-template")
        assert list(none.iterfind("outConfigs/pair")) == []

    def test_the_threshold_policy_of_an_object(self, ucs: Any, template: str) -> None:
        answer = ask(ucs, "statsResolveThresholdPolicy", cookie=ucs.cookie, dn=template)
        assert answer.find("outConfig/statsThresholdPolicy[@dn='org-root/thr-policy-default']") is not None
        assert ask(ucs, "statsResolveThresholdPolicy", cookie=ucs.cookie, dn="org-root/ls-none").get("errorCode") == "102"


def test_servers_with_a_firmware_package(ucs: Any, simulated: Datacenter) -> None:
    blades = [one.dn for one in ucs.query_classid("computeBlade") if one.association == "associated"]
    packages = {one.oper_host_fw_policy_name for one in ucs.query_classid("lsServer")}
    answer = ask(ucs, "configCheckConformance", cookie=ucs.cookie, dn="org-root/fw-host-pack-default")
    conforming = [one.get("value") for one in answer.iterfind("outConfDns/dn")]
    assert sorted(map(str, conforming)) == (sorted(blades) if packages == {"org-root/fw-host-pack-default"} else [])
