"""Passwords of guests: who is told, what the guest gets, and what the journal never has."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from emulators.machines.simulated.backend import SimulatedMachines
from emulators.openstack.compute.servers.records import NovaServer
from emulators.world.model import Task
from tests.unit.openstack.servers.rig import Rig

SECRETS = {"create": "cr3ate-Secret", "changePassword": "ch4nge-Secret", "rebuild": "reb5ild-Secret", "rescue": "resc6e-Secret"}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The administrators' passwords that machines are given, the latest last."""
    found: list[str] = []
    put_file = SimulatedMachines.put_file

    async def seen(self: SimulatedMachines, machine: str, path: str, data: bytes, mode: int) -> None:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            member = archive.extractfile("config/admin_pass")
            found.append(member.read().decode() if member else "")
        await put_file(self, machine, path, data, mode)

    monkeypatch.setattr(SimulatedMachines, "put_file", seen)
    return found


async def test_no_password_is_in_the_journal_in_the_clear(nova: Rig, given: list[str], tmp_path: Path) -> None:
    uid = await nova.boot(adminPass=SECRETS["create"])
    assert given[-1] == SECRETS["create"]
    await nova.act(uid, "changePassword", {"adminPass": SECRETS["changePassword"]})
    await nova.wait(uid, "ACTIVE")
    await nova.act(uid, "os-stop")
    await nova.wait(uid, "SHUTOFF")
    await nova.act(uid, "os-start")
    await nova.wait(uid, "ACTIVE")
    assert given[-1] == SECRETS["changePassword"]
    answer = await nova.act(uid, "rebuild", {"imageRef": nova.image, "adminPass": SECRETS["rebuild"]})
    assert answer["server"]["adminPass"] == SECRETS["rebuild"]
    await nova.wait(uid, "ACTIVE")
    assert given[-1] == SECRETS["rebuild"]
    assert await nova.act(uid, "rescue", {"adminPass": SECRETS["rescue"]}, status=200) == {"adminPass": SECRETS["rescue"]}
    await nova.wait(uid, "RESCUE")
    assert given[-1] == SECRETS["rescue"]
    state = nova.stack.world.state
    assert state.get(NovaServer, uid).admin_pass
    works = [task.request for task in state.all(Task)]
    assert any(b"updating" in one or b"password" in one for one in works)
    kept = b"".join([*works, *(file.read_bytes() for file in tmp_path.rglob("journal.db*"))])
    assert uid.encode() in kept
    assert [name for name, secret in SECRETS.items() if secret.encode() in kept] == []


async def test_passwords_that_nobody_named_differ_and_are_what_the_guest_gets(nova: Rig, given: list[str]) -> None:
    first, second = (await nova.create())["server"], (await nova.create())["server"]
    assert first["adminPass"] != second["adminPass"]
    for server in (first, second):
        await nova.wait(server["id"], "ACTIVE")
    assert sorted(given) == sorted([first["adminPass"], second["adminPass"]])
    rescued = await nova.act(first["id"], "rescue", status=200)
    await nova.wait(first["id"], "RESCUE")
    assert given[-1] == rescued["adminPass"] != first["adminPass"]
