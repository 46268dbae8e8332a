"""Chassis and blades come and go through the REST API."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.world.model import Blade, Chassis
from tests.unit.api.conftest import Api
from tests.unit.api.test_routes import refused


async def test_a_blade_comes_and_goes(api: Api) -> None:
    answer = await api.call("POST", "/sim/blades", {"chassis": "ucs/1", "hardware": {"model": "UCSX-210C-M7", "memory": "1024GiB"}})
    blade = answer.body
    assert (answer.status, answer.headers["Location"]) == (201, f"/sim/entities/blade/{blade['uid']}")
    assert (blade["name"], blade["fields"]["model"], blade["fields"]["power"], blade["fields"]["discovered"]) == (
        "ucs/1/3",
        "UCSX-210C-M7",
        "off",
        True,
    )
    assert await api.get(answer.headers["Location"]) == blade
    refused(await api.call("DELETE", f"/sim/blades/{blade['uid']}", If_Match='"9"'), 412, "version-conflict")
    assert (await api.call("DELETE", f"/sim/blades/{blade['uid']}")).status == 204
    refused(await api.call("DELETE", f"/sim/blades/{blade['uid']}"), 404, "not-found")


async def test_one_with_a_host_is_missed_until_it_is_back(api: Api) -> None:
    uid = api.lab.host("esx-3").blade
    serial = api.lab.state.get(Blade, uid).serial
    assert (await api.call("DELETE", f"/sim/blades/{uid}")).status == 204
    (host,) = (await api.get("/sim/hosts?name=esx-3"))["items"]
    assert (host["running"], host["why_down"]) == (False, "blade ucs/2/1 is not in its slot")
    refused(await api.call("POST", "/sim/blades", {"chassis": "ucs/2", "slot": 1}), 409, "invalid-state")
    assert (await api.call("POST", "/sim/blades", {"chassis": "ucs/2", "serial": serial})).body["uid"] == uid
    (host,) = (await api.get("/sim/hosts?name=esx-3"))["items"]
    assert host["running"]


async def test_a_chassis_comes_and_goes(api: Api) -> None:
    chassis = (await api.call("POST", "/sim/chassis", {"domain": "ucs", "slot": 9}, Idempotency_Key="k")).body
    assert (await api.call("POST", "/sim/chassis", {"domain": "ucs", "slot": 9}, Idempotency_Key="k")).body == chassis
    assert (chassis["name"], len(api.lab.state.all(Chassis))) == ("ucs/9", 3)
    assert (await api.call("DELETE", f"/sim/chassis/{chassis['uid']}")).status == 204
    refused(await api.call("POST", "/sim/chassis", {"domain": "ucs", "slot": 9}, Idempotency_Key="k"), 404, "not-found")
    assert len(api.lab.state.all(Chassis)) == 2


async def test_a_rack_server_comes_and_goes(api: Api) -> None:
    body = {"domain": "ucs", "hardware": {"model": "UCSC-C240-M5SX", "memory": "1024GiB"}}
    answer = await api.call("POST", "/sim/rack-servers", body)
    server = answer.body
    assert (answer.status, answer.headers["Location"]) == (201, f"/sim/entities/rack_server/{server['uid']}")
    assert (server["name"], server["fields"]["model"], server["fields"]["power"]) == ("ucs/rack-2", "UCSC-C240-M5SX", "off")
    switched = await api.call("POST", f"/sim/blades/{server['uid']}/power", {"power": "on"})
    assert switched.body["fields"]["power"] == "on"
    assert (await api.call("DELETE", f"/sim/rack-servers/{server['uid']}")).status == 204
    refused(await api.call("DELETE", f"/sim/rack-servers/{server['uid']}"), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("chassis", {"domain": "nowhere"}, 404, "not-found"),
        ("chassis", {"domain": "ucs", "rack": "nowhere"}, 404, "not-found"),
        ("chassis", {"domain": "ucs", "slot": 21}, 400, "invalid-argument"),
        ("chassis", {"domain": "ucs", "slot": 1}, 409, "already-exists"),
        ("rack-servers", {"domain": "nowhere"}, 404, "not-found"),
        ("rack-servers", {"domain": "ucs", "unit": 1}, 409, "already-exists"),
        ("rack-servers", {"domain": "ucs", "unit": 161}, 400, "invalid-argument"),
        ("blades", {"chassis": "nowhere"}, 404, "not-found"),
        ("blades", {"chassis": "ucs/1", "slot": 1}, 409, "already-exists"),
        ("blades", {"chassis": "ucs/1", "serial": "lower case"}, 400, "invalid-argument"),
        ("blades", {"chassis": "ucs/1", "hardware": {"memory": "lots"}}, 400, "invalid-argument"),
        ("blades", {"chassis": "ucs/1", "hardware": {"wings": 2}}, 400, "invalid-argument"),
    ],
)
async def test_what_cannot_be_is_refused(api: Api, path: str, body: dict[str, Any], status: int, code: str) -> None:
    before = api.lab.world.sequence
    refused(await api.call("POST", f"/sim/{path}", body), status, code)
    assert api.lab.world.sequence == before
