"""Every route of the engine's REST API: what it answers, and what it answers when it cannot."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.world.model import Power, TaskState
from tests.unit.api.conftest import Answer, Api


def refused(answer: Answer, status: int, code: str, **members: str) -> str:
    """Check that an answer is the problem of that code; answers its sentence."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.body
    assert problem["type"].rpartition("#")[2] == code, problem
    assert (problem["status"], bool(problem["request_id"]), bool(problem["title"])) == (status, True, True)
    assert {name: problem.get(name) for name in members} == members
    return str(problem["detail"])


# -- the world and its VMs ---------------------------------------------------------------------------------------------------------


async def test_state(api: Api) -> None:
    state = await api.get("/sim/state")
    assert state["world"] == api.lab.world.world_id
    assert (state["seed"], state["timing"], state["sequence"], state["running_tasks"]) == (7, "instant", api.lab.world.sequence, 0)
    assert (state["entities"]["vm"], state["entities"]["hypervisor"]) == (4, 3)


async def test_vms_and_their_filters(api: Api) -> None:
    items = (await api.get("/sim/vms"))["items"]
    assert [vm["name"] for vm in items] == ["web", "db", "spare", "golden"]
    web = items[0]
    assert (web["power"], web["host_name"], web["machine"], web["memory_bytes"], web["template"]) == (
        "on",
        "esx-1",
        "docker",
        4 << 30,
        False,
    )
    assert web["addresses"] == ["10.0.1.10"]

    async def names(query: str) -> list[str]:
        return [vm["name"] for vm in (await api.get(f"/sim/vms?{query}"))["items"]]

    assert await names("power=off") == ["spare", "golden"]
    assert await names("name=db") == ["db"]
    assert await names(f"host={api.lab.host().uid}") == ["web", "db"]
    assert await names(f"host={api.lab.host().uid}&name=db&power=on") == ["db"]
    assert await names("owner=openstack") == []


async def test_one_vm_with_its_version(api: Api) -> None:
    uid = api.lab.vm().uid
    answer = await api.call("GET", f"/sim/vms/{uid}")
    assert (answer.status, answer.body["uid"], answer.headers["ETag"]) == (200, uid, f'"{api.lab.vm().version}"')
    refused(await api.call("GET", "/sim/vms/vm-nobody"), 404, "not-found", subject="vm-nobody", instance="/sim/vms/vm-nobody")
    refused(await api.call("GET", f"/sim/vms/{api.lab.host().uid}"), 404, "not-found")


@pytest.mark.parametrize(
    ("name", "power", "result"),
    [("web", "off", Power.OFF), ("web", "suspended", Power.SUSPENDED), ("web", "reset", Power.ON), ("spare", "on", Power.ON)],
)
async def test_switching_a_vm_is_a_task(api: Api, name: str, power: str, result: Power) -> None:
    answer = await api.call("POST", f"/sim/vms/{api.lab.vm(name).uid}/power", {"power": power})
    assert answer.status == 202
    await api.stage.quiet()
    task = await api.get(answer.headers["Location"])
    assert (task["uid"], task["state"], task["progress"], task["error"]) == (answer.body["task"], "success", 100, "")
    assert (task["actor"]["principal"], task["actor"]["api"]) == ("tester", "sim")
    assert task["actor"]["operation"] == "POST /sim/vms/{uid}/power"
    assert api.lab.vm(name).power is result


async def test_what_a_vm_s_state_does_not_allow(api: Api) -> None:
    uid = api.lab.vm("web").uid
    said = refused(await api.call("POST", f"/sim/vms/{uid}/power", {"power": "on"}), 409, "invalid-state", subject=uid)
    assert "cannot power on web" in said
    api.stage.machines.hold("kill")
    assert (await api.call("POST", f"/sim/vms/{uid}/power", {"power": "off"})).status == 202
    refused(await api.call("POST", f"/sim/vms/{uid}/power", {"power": "reset"}), 409, "busy", subject=uid)
    api.stage.machines.release()


async def test_the_console(api: Api) -> None:
    assert "dc-sim simulated machine" in await api.get(f"/sim/vms/{api.lab.vm().uid}/console")
    assert await api.get(f"/sim/vms/{api.lab.vm('spare').uid}/console") == ""


async def test_hosts_and_blades(api: Api) -> None:
    hosts = (await api.get("/sim/hosts"))["items"]
    assert [(host["name"], host["vms"], host["running"], host["why_down"]) for host in hosts] == [
        ("esx-1", 2, True, ""),
        ("esx-2", 2, True, ""),
        ("esx-3", 0, True, ""),
    ]
    (host,) = (await api.get("/sim/hosts?name=esx-3"))["items"]
    blade = await api.call("POST", f"/sim/blades/{host['blade']}/power", {"power": "off"})
    assert (blade.status, blade.body["kind"], blade.body["fields"]["power"]) == (200, "blade", "off")
    answer = await api.call("GET", f"/sim/hosts/{host['uid']}")
    assert answer.headers["ETag"] == f'"{answer.body["version"]}"'
    assert (answer.body["running"], answer.body["connection"], answer.body["why_down"]) == (
        False,
        "not_responding",
        "blade ucs/2/1 is powered off",
    )
    refused(await api.call("GET", "/sim/hosts/hypervisor-nobody"), 404, "not-found")
    refused(await api.call("POST", "/sim/blades/blade-nobody/power", {"power": "off"}), 404, "not-found")


async def test_anything_by_kind(api: Api) -> None:
    stores = (await api.get("/sim/entities/datastore?name=ds-2"))["items"]
    assert [store["fields"]["capacity_bytes"] for store in stores] == [2 << 40]
    one = await api.call("GET", f"/sim/entities/datastore/{stores[0]['uid']}")
    assert (one.body, one.headers["ETag"]) == (stores[0], '"1"')
    said = refused(await api.call("GET", "/sim/entities/unicorn"), 404, "not-found", field="kind")
    assert "there are: application, blade" in said
    refused(await api.call("GET", f"/sim/entities/vm/{stores[0]['uid']}"), 404, "not-found")
    await api.call("POST", f"/sim/vms/{api.lab.vm().uid}/power", {"power": "reset"})
    for task in (await api.get("/sim/entities/task"))["items"]:
        assert "request" not in task["fields"]


async def test_pages_follow_one_another_while_things_come_and_go(api: Api) -> None:
    first = await api.get("/sim/vms?limit=2")
    assert [vm["name"] for vm in first["items"]] == ["web", "db"]
    await api.call("POST", f"/sim/vms/{api.lab.vm('web').uid}/power", {"power": "off"})
    second = await api.get(f"/sim/vms?limit=2&cursor={first['next']}")
    assert ([vm["name"] for vm in second["items"]], "next" in second) == (["spare", "golden"], False)
    assert (await api.get("/sim/vms?cursor=999999"))["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=" + "9" * 5000, "cursor"),
        ("cursor=-1", "cursor"),
        ("power=purple", "power"),
        ("colour=blue", "colour"),
    ],
)
async def test_queries_that_make_no_sense(api: Api, query: str, field: str) -> None:
    refused(await api.call("GET", f"/sim/vms?{query}"), 400, "invalid-argument", field=field)


# -- events ------------------------------------------------------------------------------------------------------------------------


async def test_events_in_order_and_by_subject(api: Api) -> None:
    web = api.lab.vm("web").uid
    await api.call("POST", f"/sim/vms/{web}/power", {"power": "off"})
    await api.stage.quiet()
    page = await api.get(f"/sim/events?subject={web}&limit=1")
    (event,) = page["items"]
    assert event["type"] == "dcsim.compute.vm.guest_changed"
    (rest,) = (await api.get(f"/sim/events?subject={web}&after={page['next']}"))["items"]
    assert (rest["type"], rest["actor"]["principal"]) == ("dcsim.compute.vm.powered_off", "tester")
    (change,) = rest["data"]["changes"]
    assert (change["before"]["power"], change["after"]["power"]) == ("on", "off")
    everything: list[dict[str, Any]] = []
    cursor = "0"
    while cursor:
        found = await api.get(f"/sim/events?after={cursor}&limit=3")
        everything, cursor = everything + found["items"], found.get("next", "")
    assert [event["sequence"] for event in everything] == list(range(1, api.lab.world.sequence + 1))


# -- faults ------------------------------------------------------------------------------------------------------------------------


async def test_a_fault_is_injected_by_uid_or_name_and_cleared(api: Api) -> None:
    kinds = {kind["code"]: kind for kind in await api.get("/sim/inject")}
    assert kinds["host-crash"]["subject_kind"] == "hypervisor"
    made = await api.call("POST", "/sim/inject/host-crash", {"subject": "esx-3"})
    assert (made.status, made.body["subject_name"], made.body["injected"]) == (201, "esx-3", True)
    refused(await api.call("POST", "/sim/inject/host-crash", {"subject": api.lab.host("esx-3").uid}), 409, "already-exists")
    assert [fault["code"] for fault in (await api.get("/sim/faults"))["items"]] == ["host-crash"]
    cleared = await api.call("DELETE", f"/sim/faults/{made.body['uid']}")
    assert (cleared.status, cleared.body) == (204, None)
    assert (await api.get("/sim/faults"))["items"] == []
    refused(await api.call("DELETE", f"/sim/faults/{made.body['uid']}"), 404, "not-found")


async def test_faults_that_cannot_be(api: Api) -> None:
    refused(await api.call("POST", "/sim/inject/gremlins", {"subject": "esx-1"}), 404, "not-found", field="code")
    refused(await api.call("POST", "/sim/inject/host-crash", {"subject": "esx-9"}), 404, "not-found", field="subject")
    refused(await api.call("POST", "/sim/inject/blade-failure", {"subject": api.lab.vm().uid}), 404, "not-found")
    await api.call("POST", "/sim/inject/io-module-failure", {"subject": "ucs/1/iom-A"})
    caused = next(fault for fault in (await api.get("/sim/faults"))["items"] if not fault["injected"])
    refused(await api.call("DELETE", f"/sim/faults/{caused['uid']}"), 400, "invalid-argument")


# -- conditions and requests that come twice -------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["If_Match", "if_match", "IF_MATCH"])
async def test_a_change_can_be_based_on_a_version(api: Api, header: str) -> None:
    path = f"/sim/vms/{api.lab.vm('web').uid}/power"
    version = api.lab.vm("web").version
    for tag in (f'"{version + 1}"', '"other"', f'"{"9" * 5000}"'):
        refused(await api.call("POST", path, {"power": "off"}, **{header: tag}), 412, "version-conflict")
    assert api.lab.vm("web").power is Power.ON
    assert (await api.call("POST", path, {"power": "off"}, **{header: f'W/"{version}"'})).status == 202


async def test_a_blade_too(api: Api) -> None:
    path = f"/sim/blades/{api.lab.host().blade}/power"
    refused(await api.call("POST", path, {"power": "off"}, If_Match='"7"'), 412, "version-conflict")
    assert (await api.call("POST", path, {"power": "off"}, If_Match="*")).status == 200


async def test_a_request_that_comes_twice_is_done_once(api: Api) -> None:
    path = f"/sim/vms/{api.lab.vm('web').uid}/power"
    first = await api.call("POST", path, {"power": "reset"}, Idempotency_Key="k1")
    await api.stage.quiet()
    again = await api.call("POST", path, {"power": "reset"}, idempotency_key="k1")
    assert (again.status, again.body) == (202, first.body)
    assert len([task for task in (await api.get("/sim/tasks"))["items"] if task["operation"] == "vm.reset"]) == 1
    refused(await api.call("POST", path, {"power": "off"}, Idempotency_Key="k1"), 400, "invalid-argument", field="Idempotency-Key")
    refused(await api.call("POST", path, {"power": "off"}, Idempotency_Key="k" * 201), 400, "invalid-argument", field="Idempotency-Key")
    other = api.tokens.issue("somebody else", scopes=["sim:write"])
    assert (await api.call("POST", path, {"power": "reset"}, token=other, Idempotency_Key="k1")).body != first.body


# -- the clock -----------------------------------------------------------------------------------------------------------------------


async def test_the_clock(api: Api) -> None:
    before = await api.get("/sim/clock")
    assert (before["paused"], before["speed"]) == (True, 1.0)
    stepped = (await api.call("POST", "/sim/clock/step", {"seconds": 3600})).body
    assert stepped["simulated_time"] > before["simulated_time"]
    faster = await api.call("PUT", "/sim/clock", {"speed": 60, "paused": False})
    assert (faster.status, faster.body["speed"], faster.body["paused"]) == (200, 60, False)
    assert (await api.call("PUT", "/sim/clock", {"paused": True})).body["paused"]
    record = api.lab.world.record
    assert record is not None
    assert (record.clock_speed, record.clock_paused, record.clock_base) == (60, True, api.lab.clock.now())
    for body, field in (({"speed": 0}, "speed"), ({"speed": "fast"}, "speed"), ({"colour": "blue"}, "colour")):
        refused(await api.call("PUT", "/sim/clock", body), 400, "invalid-argument", field=field)
    refused(await api.call("POST", "/sim/clock/step", {"seconds": -1}), 400, "invalid-argument", field="seconds")
    refused(await api.call("POST", "/sim/clock/step", {}), 400, "invalid-argument", field="seconds")


# -- checkpoints ---------------------------------------------------------------------------------------------------------------------


async def test_checkpoints(api: Api) -> None:
    taken = await api.call("POST", "/sim/checkpoints", {"name": "monday"})
    assert (taken.status, taken.body["name"], taken.body["sequence"]) == (201, "monday", api.lab.world.sequence)
    refused(await api.call("POST", "/sim/checkpoints", {"name": "monday"}), 409, "already-exists", field="name")
    refused(await api.call("POST", "/sim/checkpoints", {"name": "../etc"}), 400, "invalid-argument", field="name")
    assert await api.get("/sim/checkpoints") == [await api.get("/sim/checkpoints/monday")]
    await api.call("POST", f"/sim/vms/{api.lab.vm('web').uid}/power", {"power": "off"})
    await api.stage.quiet()
    restored = await api.call("POST", "/sim/checkpoints/monday/restore")
    assert (restored.status, restored.body["sequence"] > taken.body["sequence"]) == (200, True)
    assert api.lab.vm("web").power is Power.ON
    assert api.stage.machine("web") == "running"
    fork = await api.call("POST", "/sim/checkpoints/monday/fork", {"name": "branch"})
    assert fork.status == 201
    assert fork.body["data_dir"].endswith("/forks/branch")
    refused(await api.call("POST", "/sim/checkpoints/monday/fork", {"name": "branch"}), 409, "already-exists")
    assert (await api.call("DELETE", "/sim/checkpoints/monday")).status == 204
    for method, path, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/restore", None),
        ("POST", "/fork", {"name": "other"}),
    ):
        refused(await api.call(method, f"/sim/checkpoints/monday{path}", body), 404, "not-found")


async def test_nothing_is_restored_while_work_is_under_way(api: Api) -> None:
    await api.call("POST", "/sim/checkpoints", {"name": "monday"})
    api.stage.machines.hold("kill")
    task = (await api.call("POST", f"/sim/vms/{api.lab.vm('web').uid}/power", {"power": "off"})).body["task"]
    refused(await api.call("POST", "/sim/checkpoints/monday/restore"), 409, "busy")
    api.stage.machines.release()
    await api.stage.quiet()
    assert (await api.get(f"/sim/tasks/{task}"))["state"] == TaskState.SUCCESS


# -- bad requests, and who may ask -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b'{"power": ', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"power": "on"}', "text/plain", 415),
        (b'{"power": "purple"}', "application/json", 400),
        (b'{"power": "on", "more": 1}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
    ],
)
async def test_bodies_that_make_no_sense(api: Api, data: bytes, content_type: str, status: int) -> None:
    before = api.lab.world.sequence
    answer = await api.raw("POST", f"/sim/vms/{api.lab.vm('spare').uid}/power", data, content_type)
    assert answer.status == status
    assert answer.body["status"] == status
    assert "Traceback" not in str(answer.body)
    assert api.lab.world.sequence == before


async def test_routes_that_are_not_there(api: Api) -> None:
    assert (await api.call("GET", "/sim/unicorns")).status == 404
    answer = await api.call("DELETE", "/sim/state")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")


async def test_a_token_is_needed_and_its_scope_counts(api: Api) -> None:
    refused(await api.call("GET", "/sim/state", token=""), 401, "unauthenticated")
    refused(await api.call("GET", "/sim/state", token="nonsense"), 401, "unauthenticated")
    reader = api.tokens.issue("reader", scopes=["sim:read"])
    assert (await api.call("GET", "/sim/state", token=reader)).status == 200
    refused(await api.call("PUT", "/sim/clock", {"paused": True}, token=reader), 403, "permission-denied")
    for public in ("/healthz", "/openapi.json"):
        assert (await api.call("GET", public, token="")).status == 200


async def test_a_full_disk_is_a_503_that_says_what_to_do(api: Api) -> None:
    journal = api.lab.world.journal
    journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    journal._db.execute(f"PRAGMA max_page_count = {journal._db.execute('PRAGMA page_count').fetchone()[0]}")
    before = api.lab.image()
    answers = []
    for _ in range(40):  # the pages that are there have some room left
        answers.append(await api.call("PUT", "/sim/clock", {"paused": True}))
        if answers[-1].status != 200:
            break
        before = api.lab.image()
    said = refused(answers[-1], 503, "journal-unavailable")
    assert "Free some disk space" in said
    assert api.lab.image() == before
    journal._db.execute("PRAGMA max_page_count = 1000000")
    assert (await api.call("PUT", "/sim/clock", {"paused": True})).status == 200
