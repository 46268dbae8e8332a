"""UCS as JSON: what there is, and switching servers."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from emulators.world.decisions.components import InjectFault
from emulators.world.decisions.plant import InsertBlade
from emulators.world.model import Blade, BladePower, Chassis, PowerSupply
from scripts import generate
from tests.unit.api.test_openapi import OPTIONS
from tests.unit.ucs.rest.conftest import Answer, Rest

ROOT = Path(__file__).resolve().parents[4]


def refused(answer: Answer, status: int, code: str) -> str:
    """Check that an answer is the problem of that code; answers its sentence."""
    assert (answer.status, answer.body["type"].rpartition("#")[2]) == (status, code), answer
    return str(answer.body["detail"])


async def test_domains(rest: Rest) -> None:
    (domain,) = (await rest.get("domains"))["items"]
    assert {name: domain[name] for name in ("name", "version", "chassis", "blades", "rack_servers", "service_profiles", "faults")} == {
        "name": "ucs",
        "version": "4.2(3b)",
        "chassis": 2,
        "blades": 3,
        "rack_servers": 1,
        "service_profiles": 3,
        "faults": {},
    }
    assert await rest.get(f"domains/{domain['uid']}") == await rest.get("domains/ucs") == domain
    rest.lab.do(InjectFault(code="psu-failure", subject=rest.lab.state.all(PowerSupply)[0].uid))
    assert sum((await rest.get("domains/ucs"))["faults"].values()) >= 1
    refused(await rest.call("GET", "domains/nowhere"), 404, "not-found")


async def test_hardware(rest: Rest) -> None:
    interconnects = (await rest.get("fabric-interconnects"))["items"]
    assert [(one["dn"], one["id"], one["operability"]) for one in interconnects] == [
        ("sys/switch-A", "A", "operable"),
        ("sys/switch-B", "B", "operable"),
    ]
    chassis = (await rest.get("chassis?domain=ucs"))["items"]
    assert [(one["dn"], one["id"], one["blades"], one["oper_state"]) for one in chassis] == [
        ("sys/chassis-1", 1, 2, "operable"),
        ("sys/chassis-2", 2, 1, "operable"),
    ]
    assert await rest.get(f"chassis/{chassis[1]['uid']}") == chassis[1]


async def test_rack_servers(rest: Rest) -> None:
    (server,) = (await rest.get("rack-servers"))["items"]
    assert (server["dn"], server["id"], server["power"], server["association"]) == ("sys/rack-unit-1", 1, "off", "none")
    switched = await rest.call("POST", f"rack-servers/{server['uid']}/power", {"power": "on"})
    assert (switched.status, switched.body["power"]) == (200, "on")
    assert await rest.get(f"rack-servers/{server['uid']}") == switched.body
    refused(await rest.call("GET", f"blades/{server['uid']}"), 404, "not-found")


async def test_blades_as_the_world_has_them(rest: Rest) -> None:
    blades = (await rest.get("blades"))["items"]
    assert [one["dn"] for one in blades] == ["sys/chassis-1/blade-1", "sys/chassis-1/blade-2", "sys/chassis-2/blade-1"]
    first, entity = blades[0], rest.lab.named(Blade, "ucs/1/1")
    assert (first["uid"], first["serial"], first["memory_bytes"], first["cores"]) == (entity.uid, entity.serial, 64 << 30, 24)
    assert (first["power"], first["oper_state"], first["association"], first["service_profile"]) == (
        "on",
        "ok",
        "associated",
        "org-root/ls-esx-1",
    )
    answer = await rest.call("GET", f"blades/{entity.uid}")
    assert (answer.body, answer.etag) == (first, f'"{entity.version}"')


async def test_pages(rest: Rest) -> None:
    first = await rest.get("blades?limit=2")
    second = await rest.get(f"blades?limit=2&cursor={first['next']}")
    assert [len(first["items"]), len(second["items"]), "next" in second] == [2, 1, False]
    refused(await rest.call("GET", "blades?cursor=x"), 400, "invalid-argument")
    refused(await rest.call("GET", "blades?limit=0"), 400, "invalid-argument")
    refused(await rest.call("GET", "blades?colour=red"), 400, "invalid-argument")
    refused(await rest.call("GET", "blades?domain=nowhere"), 404, "not-found")


async def test_service_profiles(rest: Rest) -> None:
    profiles = (await rest.get("service-profiles"))["items"]
    assert [(one["name"], one["server"], one["assoc_state"], one["desired_power"]) for one in profiles] == [
        ("esx-1", "sys/chassis-1/blade-1", "associated", "up"),
        ("esx-2", "sys/chassis-1/blade-2", "associated", "up"),
        ("esx-3", "sys/chassis-2/blade-1", "associated", "up"),
    ]
    assert await rest.get(f"service-profiles/{profiles[0]['uid']}") == profiles[0]


async def test_the_uid_of_another_kind_is_not_found(rest: Rest) -> None:
    chassis = rest.lab.named(Chassis, "ucs/1").uid
    for path in (f"blades/{chassis}", f"service-profiles/{chassis}", "blades/none", f"chassis/{rest.lab.host().uid}"):
        refused(await rest.call("GET", path), 404, "not-found")


async def test_a_blade_is_switched_through_its_profile(rest: Rest) -> None:
    uid = rest.lab.host().blade
    answer = await rest.call("POST", f"blades/{uid}/power", {"power": "off"})
    assert (answer.status, answer.body["power"], answer.body["oper_state"]) == (200, "off", "power-off")
    assert not rest.lab.host().running
    (profile,) = [one for one in (await rest.get("service-profiles"))["items"] if one["name"] == "esx-1"]
    assert profile["desired_power"] == "down"
    answer = await rest.call("POST", f"service-profiles/{profile['uid']}/power", {"power": "on"})
    assert (answer.status, answer.body["desired_power"], rest.lab.host().running) == (200, "up", True)


async def test_a_reset_boots_the_host_again(rest: Rest) -> None:
    before = rest.lab.host().version
    assert (await rest.call("POST", f"blades/{rest.lab.host().blade}/power", {"power": "reset"})).status == 200
    assert (rest.lab.host().version > before, rest.lab.host().running) == (True, True)


async def test_a_blade_without_a_profile(rest: Rest) -> None:
    uid = rest.lab.do(InsertBlade(chassis=rest.lab.named(Chassis, "ucs/2").uid))
    (new,) = [one for one in (await rest.get("blades"))["items"] if one["uid"] == uid]
    assert (new["association"], new["availability"], new["power"]) == ("none", "available", "off")
    assert (await rest.call("POST", f"blades/{uid}/power", {"power": "on"})).body["power"] == "on"
    assert rest.lab.state.get(Blade, uid).power is BladePower.ON


@pytest.mark.parametrize("body", [{}, {"power": "up"}, {"power": "on", "force": True}, []])
async def test_bad_bodies(rest: Rest, body: Any) -> None:
    refused(await rest.call("POST", f"blades/{rest.lab.host().blade}/power", body), 400, "invalid-argument")


async def test_a_switch_can_be_based_on_a_version_and_named(rest: Rest) -> None:
    uid = rest.lab.host().blade
    refused(await rest.call("POST", f"blades/{uid}/power", {"power": "off"}, If_Match='"99"'), 412, "version-conflict")
    for _ in range(2):
        assert (await rest.call("POST", f"blades/{uid}/power", {"power": "reset"}, Idempotency_Key="k")).status == 200


async def test_without_a_token_nothing_is_told(rest: Rest) -> None:
    refused(await rest.call("GET", "blades", Authorization="Bearer x"), 401, "unauthenticated")


def test_the_committed_document_is_current() -> None:
    assert generate.ucs_openapi() == (ROOT / "docs" / "reference" / "openapi" / "ucs.json").read_text(), "run scripts/generate"


@pytest.mark.slow
async def test_a_fuzzer_finds_no_server_error_and_no_answer_that_is_not_described(rest: Rest, tmp_path: Path) -> None:
    """Schemathesis from outside, against the API as it is served."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{rest.url}/ucs/api/v1/openapi.json", *OPTIONS]
    command += ["--url", rest.url, "--header", f"Authorization: Bearer {rest.token}"]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode == 0, output.decode()[-6000:]
