"""The audit log: who changed which object how, also after a restart."""

from __future__ import annotations

from pathlib import Path

from dcsim.events import Actor
from emulators.ucs.domain import Domain
from emulators.ucs.window import open_domains
from tests.unit.ucs.core.test_tree import Put
from tests.unit.ucs.core.wire import PASSWORD, USER, Wire
from tests.unit.world.lab import Lab

ORG = "org-root/org-a"
WHO = Actor(principal="jane", api="ucs", operation="configConfMos", request_id="web_1_A")


def write(lab: Lab, domain: Domain, *steps: dict[str, str], actor: Actor = WHO) -> None:
    lab.world.execute_now(Put(domain=domain.uid, dn=ORG, class_id="orgOrg", steps=steps), actor)


def lines(domain: Domain) -> list[tuple[str | None, ...]]:
    names = ("affected", "ind", "user", "sessionId", "changeSet")
    return [tuple(node.get(name) for name in names) for node in domain.tree.of_class("aaaModLR")]


def do_it_all(lab: Lab, domain: Domain) -> list[tuple[str | None, ...]]:
    write(lab, domain, {"name": "a"})
    write(lab, domain, {"descr": "new"})
    write(lab, domain)
    return [
        (ORG, "creation", "jane", "web_1_A", "name:a"),
        (ORG, "modification", "jane", "web_1_A", "descr:new"),
        (ORG, "deletion", "jane", "web_1_A", ""),
    ]


def test_every_change_by_a_client_is_told(lab: Lab, domain: Domain) -> None:
    assert lines(domain) == [], "what was there from the beginning nobody changed"
    assert do_it_all(lab, domain) == lines(domain)


def test_what_others_do_is_not(lab: Lab, domain: Domain) -> None:
    write(lab, domain, {"name": "a"}, actor=Actor(principal="jane", api="sim"))
    lab.world.execute_now(Put(domain="another", dn=ORG, class_id="orgOrg", steps=({"name": "a"},)), WHO)
    assert lines(domain) == []


async def test_it_is_an_object_under_the_log(lab: Lab, domain: Domain, wire: Wire) -> None:
    write(lab, domain, {"name": "a"})
    (dn,) = await wire.dns("configResolveChildren", inDn="aaa-log", classId="aaaModLR")
    (line,) = await wire.objects("configResolveDn", dn=dn)
    assert (line.get("descr"), line.get("trig"), line.get("created")) == (f"orgOrg {ORG} created", "admin", "2026-01-01T00:00:00.000")
    assert dn == f"aaa-log/{line.get('id')}"


def test_it_is_read_back_after_a_restart(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    (domain,) = open_domains(lab.world, {USER: PASSWORD})
    told = do_it_all(lab, domain)
    domain.close()
    lab.world.close()
    again = Lab(tmp_path)
    (domain,) = open_domains(again.world, {USER: PASSWORD})
    assert lines(domain) == []
    domain.audit.load()
    assert lines(domain) == told
    domain.close()
    again.world.close()
