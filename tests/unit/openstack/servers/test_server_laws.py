"""What follows for servers when something happens to hosts and machines that nobody asked Nova for."""

from __future__ import annotations

import asyncio

import pytest

from dcsim.errors import MachineError
from dcsim.events import Actor
from emulators.machines.port import Observed
from emulators.openstack.compute.servers.records import NovaServer
from emulators.world.decisions.components import ClearFault, InjectFault
from emulators.world.decisions.power import ReportMachine
from emulators.world.model import Hypervisor, Power, Vm
from tests.unit.openstack.servers.rig import Rig


async def lose_host(rig: Rig, host: str) -> str:
    """The fault's uid."""
    blade = rig.stack.world.state.get(Hypervisor, host).blade
    outcome = await rig.stack.world.execute(InjectFault(code="blade-failure", subject=blade), Actor())
    return str(outcome.result)


def host_of(rig: Rig, uid: str) -> str:
    return rig.stack.world.state.get(NovaServer, uid).host


async def test_a_lost_blade_leaves_servers_as_they_were_until_they_are_evacuated(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot()
    before = await nova_admin.show(uid)
    await nova_admin.act(uid, "evacuate", {}, status=400)
    await lose_host(nova, host_of(nova, uid))
    lost = await nova_admin.show(uid)
    assert (lost["status"], lost["OS-EXT-STS:power_state"], lost["host_status"]) == ("ACTIVE", 1, "UNKNOWN")
    assert lost["OS-EXT-SRV-ATTR:host"] == before["OS-EXT-SRV-ATTR:host"]
    await nova.act(uid, "os-stop", status=409)
    await nova_admin.act(uid, "evacuate", {}, status=200, version="2.94")
    moved = await nova.wait(uid, "ACTIVE")
    assert moved["addresses"] == before["addresses"]
    after = await nova_admin.show(uid)
    assert after["OS-EXT-SRV-ATTR:host"] != before["OS-EXT-SRV-ATTR:host"]
    assert after["host_status"] == "UP"


async def test_an_evacuated_server_has_the_password_that_was_given_unless_its_disk_is_kept(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot()
    await lose_host(nova, host_of(nova, uid))
    sealed = nova.stack.world.state.get(NovaServer, uid).admin_pass
    await nova_admin.act(uid, "evacuate", {"onSharedStorage": True, "adminPass": "secret"}, status=400, version="2.13")
    assert nova.stack.world.state.get(NovaServer, uid).admin_pass == sealed
    await nova_admin.act(uid, "evacuate", {"onSharedStorage": False, "adminPass": "secret"}, status=200, version="2.13")
    await nova.wait(uid, "ACTIVE")
    assert nova.stack.world.state.get(NovaServer, uid).admin_pass not in {"", sealed, "secret"}


async def test_a_host_that_is_back_does_not_start_its_servers(nova: Rig) -> None:
    uid = await nova.boot()
    fault = await lose_host(nova, host_of(nova, uid))
    await nova.stack.world.execute(ClearFault(fault=fault), Actor())
    await nova.wait(uid, "SHUTOFF")
    await nova.act(uid, "os-start")
    await nova.wait(uid, "ACTIVE")


async def test_a_machine_that_ends_by_itself_is_shutoff(nova: Rig) -> None:
    uid = await nova.boot()
    vm = nova.stack.world.state.get(NovaServer, uid).vm
    await nova.stack.world.execute(ReportMachine(vm=vm, power=Power.OFF, reason="killed"), Actor())
    shown = await nova.show(uid)
    assert (shown["status"], shown["OS-EXT-STS:power_state"]) == ("SHUTOFF", 4)


async def test_servers_that_no_host_has_room_for_are_in_error(nova: Rig, nova_admin: Rig) -> None:
    for host in nova.stack.world.state.all(Hypervisor):
        if host.flavor == "kvm":
            await lose_host(nova, host.uid)
    uid = (await nova.create())["server"]["id"]
    failed = await nova.wait(uid, "ERROR")
    assert failed["fault"]["code"] == 500
    assert (await nova_admin.show(uid))["OS-EXT-SRV-ATTR:host"] is None
    await nova("DELETE", uid, status=204)
    await nova.gone(uid)


async def test_what_the_inventory_runs_on_kvm_hosts_are_servers(nova_admin: Rig) -> None:
    state = nova_admin.stack.world.state
    known = {server.vm for server in state.all(NovaServer)}
    assert known == {vm.uid for vm in state.all(Vm) if vm.owner == "openstack" and vm.project}


async def test_a_machine_that_does_not_start_puts_its_server_in_error_and_says_why(nova: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(machine_id: str) -> None:
        raise MachineError(f"no room for {machine_id[:2]}")

    monkeypatch.setattr(nova.stack.machines, "start", refuse)
    uid = (await nova.create())["server"]["id"]
    failed = await nova.wait(uid, "ERROR")
    assert failed["fault"]["message"] == "no room for vm"
    (action,) = (await nova("GET", f"{uid}/os-instance-actions"))["instanceActions"]
    assert action["message"] == "Error"
    monkeypatch.undo()
    await nova.act(uid, "rebuild", {"imageRef": nova.image})
    assert "fault" not in await nova.wait(uid, "ACTIVE")


async def test_what_fails_otherwise_leaves_the_server_as_it_was(nova: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(machine_id: str, snapshot_id: str) -> str:
        raise MachineError(f"no room for {snapshot_id and machine_id[:2]}")

    uid = await nova.boot()
    monkeypatch.setattr(nova.stack.machines, "snapshot", refuse)
    image = (await nova.act(uid, "createImage", {"name": "copy"}))["image_id"]
    await nova.wait(uid, "ACTIVE")
    assert (await nova.client("GET", f"/image/v2/images/{image}")).status == 404


async def test_a_server_that_is_deleted_while_it_is_built_is_gone_when_that_is_over(nova: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, start = asyncio.Event(), nova.stack.machines.start

    async def wait(machine_id: str) -> Observed:
        await go_on.wait()
        return await start(machine_id)

    monkeypatch.setattr(nova.stack.machines, "start", wait)
    uid = (await nova.create())["server"]["id"]
    await nova("DELETE", uid, status=204)
    assert (await nova.show(uid))["OS-EXT-STS:task_state"] == "deleting"
    go_on.set()
    await nova.gone(uid)
    left = await nova.stack.machines.list(nova.stack.world.world_id)
    assert "web" not in {one.name for one in left}


async def test_hard_reboots_are_taken_while_the_guest_ends_and_done_one_after_another(nova: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A soft reboot that hangs is what a hard one is for: Nova takes it, and does it when the other is over."""
    go_on, stop = asyncio.Event(), nova.stack.machines.stop

    async def wait(machine_id: str, grace_seconds: float = 10.0) -> None:
        await go_on.wait()
        await stop(machine_id, grace_seconds)

    uid = await nova.boot()
    monkeypatch.setattr(nova.stack.machines, "stop", wait)
    await nova.act(uid, "reboot", {"type": "SOFT"})
    assert (await nova.show(uid))["status"] == "REBOOT"
    for _ in range(2):
        await nova.act(uid, "reboot", {"type": "HARD"})
        assert (await nova.show(uid))["status"] == "HARD_REBOOT"
    await nova.act(uid, "reboot", {"type": "SOFT"}, status=409)
    go_on.set()
    await nova.wait(uid, "ACTIVE")
    actions = (await nova("GET", f"{uid}/os-instance-actions"))["instanceActions"]
    assert [one["action"] for one in actions] == ["reboot", "reboot", "reboot", "create"]
    for one in actions:
        (event,) = (await nova("GET", f"{uid}/os-instance-actions/{one['request_id']}"))["instanceAction"]["events"]
        assert event["result"] == "Success"


async def test_a_hard_reboot_that_waits_is_off_when_the_server_is_deleted(nova: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, pause = asyncio.Event(), nova.stack.machines.pause

    async def wait(machine_id: str) -> None:
        await go_on.wait()
        await pause(machine_id)

    uid = await nova.boot()
    monkeypatch.setattr(nova.stack.machines, "pause", wait)
    await nova.act(uid, "pause")
    await nova.act(uid, "reboot", {"type": "HARD"})
    await nova("DELETE", uid, status=204)
    go_on.set()
    await nova.gone(uid)


async def test_a_hard_reboot_that_waits_is_done_when_what_it_waits_for_fails(nova: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = asyncio.Event()

    async def refuse(machine_id: str) -> None:
        await go_on.wait()
        raise MachineError(f"{machine_id[:2]} does not freeze")

    uid = await nova.boot()
    monkeypatch.setattr(nova.stack.machines, "pause", refuse)
    await nova.act(uid, "pause")
    await nova.act(uid, "reboot", {"type": "HARD"})
    go_on.set()
    assert "fault" not in await nova.wait(uid, "ACTIVE")


async def test_what_is_asked_behind_work_that_shows_no_task_waits_for_its_end(nova: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = await nova.boot()
    (port,) = (await nova("GET", f"{uid}/os-interface"))["interfaceAttachments"]
    vm = nova.stack.world.state.get(NovaServer, uid).vm
    async with nova.stack.conductor.hands.turns.of(vm):
        await nova("DELETE", f"{uid}/os-interface/{port['port_id']}", status=202)
        with monkeypatch.context() as patch:
            patch.setattr("emulators.openstack.call.PATIENCE", 0.05)
            await nova.act(uid, "os-stop", status=409)
        stopping = asyncio.create_task(nova.act(uid, "os-stop"))
        for _ in range(5):
            assert (await nova.show(uid))["OS-EXT-STS:task_state"] is None
        assert not stopping.done()
    await stopping
    await nova.wait(uid, "SHUTOFF")
