"""The state machine of servers through their actions."""

from __future__ import annotations

import pytest

from emulators.openstack.compute.servers.records import NovaServer
from emulators.world.model import Power, Vm
from tests.unit.openstack.servers.rig import Rig


def vm_of(rig: Rig, uid: str) -> Vm:
    return rig.stack.world.state.get(Vm, rig.stack.world.state.get(NovaServer, uid).vm)


async def test_a_server_stops_and_starts_with_its_vm(nova: Rig) -> None:
    uid = await nova.boot()
    await nova.act(uid, "os-stop")
    stopped = await nova.wait(uid, "SHUTOFF")
    assert stopped["OS-EXT-STS:power_state"] == 4
    assert "progress" not in stopped
    assert vm_of(nova, uid).power is Power.OFF
    refusal = await nova.act(uid, "os-stop", status=409)
    assert refusal["conflictingRequest"]["message"] == f"Cannot 'stop' instance {uid} while it is in vm_state stopped"
    await nova.act(uid, "os-start")
    assert (await nova.wait(uid, "ACTIVE"))["OS-EXT-STS:power_state"] == 1
    assert vm_of(nova, uid).power is Power.ON


@pytest.mark.parametrize(
    ("there", "back", "status", "power_state"), [("pause", "unpause", "PAUSED", 3), ("suspend", "resume", "SUSPENDED", 4)]
)
async def test_a_server_is_frozen_and_goes_on(nova: Rig, there: str, back: str, status: str, power_state: int) -> None:
    uid = await nova.boot()
    await nova.act(uid, there)
    assert (await nova.wait(uid, status))["OS-EXT-STS:power_state"] == power_state
    assert vm_of(nova, uid).power is Power.SUSPENDED
    await nova.act(uid, "os-start", status=409)
    await nova.act(uid, back)
    await nova.wait(uid, "ACTIVE")


@pytest.mark.parametrize("kind", ["SOFT", "HARD", "soft", "Hard"])
async def test_a_server_reboots(nova: Rig, kind: str) -> None:
    uid = await nova.boot()
    before = vm_of(nova, uid).guest.started
    await nova.act(uid, "reboot", {"type": kind})
    await nova.wait(uid, "ACTIVE")
    assert vm_of(nova, uid).guest.started != before


async def test_a_soft_reboot_needs_a_running_server_a_hard_one_starts_it(nova: Rig) -> None:
    uid = await nova.boot()
    await nova.act(uid, "os-stop")
    await nova.wait(uid, "SHUTOFF")
    await nova.act(uid, "reboot", {"type": "SOFT"}, status=409)
    await nova.act(uid, "reboot", {"type": "HARD"})
    await nova.wait(uid, "ACTIVE")
    await nova.act(uid, "reboot", {"type": "WARM"}, status=400)


async def test_a_locked_server_is_the_administrators(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot()
    await nova.act(uid, "lock", {"locked_reason": "audit"})
    shown = await nova.show(uid)
    assert (shown["locked"], shown["locked_reason"]) == (True, "audit")
    refusal = await nova.act(uid, "os-stop", status=409)
    assert refusal["conflictingRequest"]["message"] == f"Instance {uid} is locked"
    await nova_admin.act(uid, "os-stop")
    await nova.wait(uid, "SHUTOFF")
    await nova.act(uid, "unlock")
    await nova.act(uid, "os-start")
    await nova.wait(uid, "ACTIVE")
    await nova_admin.act(uid, "lock")
    await nova.act(uid, "unlock", status=403)


async def test_a_server_is_rebuilt_with_other_properties(nova: Rig) -> None:
    uid = await nova.boot(metadata={"a": "1"})
    answer = await nova.act(uid, "rebuild", {"imageRef": nova.image, "name": "anew", "metadata": {"b": "2"}, "user_data": "I2Nsb3Vk"})
    assert answer["server"]["status"] == "REBUILD"
    assert answer["server"]["user_data"] == "I2Nsb3Vk"
    assert answer["server"]["adminPass"]
    rebuilt = await nova.wait(uid, "ACTIVE")
    assert (rebuilt["name"], rebuilt["metadata"]) == ("anew", {"b": "2"})
    await nova.act(uid, "rebuild", {"imageRef": "00000000-0000-0000-0000-000000000000"}, status=400)


async def test_a_resize_is_confirmed(nova: Rig) -> None:
    uid = await nova.boot()
    await nova.act(uid, "resize", {"flavorRef": "42"}, status=400)
    await nova.act(uid, "resize", {"flavorRef": "none"}, status=400)
    await nova.act(uid, "confirmResize", status=409)
    await nova.act(uid, "resize", {"flavorRef": "84"})
    resized = await nova.wait(uid, "VERIFY_RESIZE")
    assert resized["flavor"]["ram"] == 256
    assert vm_of(nova, uid).memory_bytes == 256 << 20
    await nova.act(uid, "confirmResize", status=204)
    await nova.wait(uid, "ACTIVE")


async def test_a_resize_of_a_stopped_server_is_reverted(nova: Rig) -> None:
    uid = await nova.boot()
    await nova.act(uid, "os-stop")
    await nova.wait(uid, "SHUTOFF")
    await nova.act(uid, "resize", {"flavorRef": "84"})
    await nova.wait(uid, "VERIFY_RESIZE")
    await nova.act(uid, "revertResize")
    back = await nova.wait(uid, "SHUTOFF")
    assert back["flavor"]["ram"] == 192
    assert vm_of(nova, uid).memory_bytes == 192 << 20


async def test_a_shelved_server_leaves_its_host_and_comes_back(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot()
    addresses = (await nova.show(uid))["addresses"]
    await nova.act(uid, "shelve")
    await nova.wait(uid, "SHELVED_OFFLOADED")
    shelved = await nova_admin.show(uid)
    assert shelved["OS-EXT-SRV-ATTR:host"] is None
    assert shelved["hostId"] == ""
    await nova.act(uid, "os-start", status=409)
    await nova.act(uid, "unshelve")
    back = await nova.wait(uid, "ACTIVE")
    assert back["addresses"] == addresses


async def test_a_rescued_server_comes_back(nova: Rig) -> None:
    uid = await nova.boot()
    answer = await nova.act(uid, "rescue", {"adminPass": "secret"}, status=200)
    assert answer == {"adminPass": "secret"}
    await nova.wait(uid, "RESCUE")
    await nova.act(uid, "os-stop", status=409)
    await nova.act(uid, "unrescue")
    await nova.wait(uid, "ACTIVE")


async def test_an_image_is_being_saved_until_somebody_of_the_project_has_looked(nova: Rig, nova_admin: Rig) -> None:
    """Whoever asks for two directly after one another is refused, however slow they or we are: not even the clock goes on here."""
    uid = await nova.boot()
    nova.stack.world.clock.pause()
    image = (await nova.act(uid, "createImage", {"name": "first"}))["image_id"]
    for _ in range(3):
        await nova.act(uid, "createImage", {"name": "second"}, status=409)
        assert (await nova_admin.show(uid))["OS-EXT-STS:task_state"] == "image_snapshot"
    await nova.wait(uid, "ACTIVE")
    assert (await nova.client("GET", f"/image/v2/images/{image}")).body["status"] == "active"


async def test_an_image_that_nobody_looks_at_is_saved_all_the_same(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot()
    await nova.act(uid, "createImage", {"name": "first"})
    await nova_admin.wait(uid, "ACTIVE")


async def test_an_image_of_a_server_boots_another(nova: Rig) -> None:
    uid = await nova.boot()
    made = await nova.act(uid, "createImage", {"name": "copy", "metadata": {"k": "v"}})
    await nova.wait(uid, "ACTIVE")
    await nova.act(uid, "createImage", {"name": "two at once"})
    refusal = await nova.act(uid, "createImage", {"name": "second"}, status=409)
    assert refusal["conflictingRequest"]["message"] == f"Cannot 'createImage' instance {uid} while it is in task_state image_snapshot"
    await nova.wait(uid, "ACTIVE")
    again = await nova.boot(name="again", imageRef=made["image_id"])
    assert (await nova.show(again))["image"]["id"] == made["image_id"]
    await nova.act(uid, "createImage", {"name": ""}, status=400)


async def test_a_password_is_changed_while_the_server_runs(nova: Rig) -> None:
    uid = await nova.boot()
    await nova.act(uid, "changePassword", {"adminPass": "n3w"})
    await nova.wait(uid, "ACTIVE")
    await nova.act(uid, "os-stop")
    await nova.wait(uid, "SHUTOFF")
    await nova.act(uid, "changePassword", {"adminPass": "n3w"}, status=409)


async def test_states_are_reset_by_administrators_only(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot()
    await nova.act(uid, "os-resetState", {"state": "error"}, status=403)
    await nova_admin.act(uid, "os-resetState", {"state": "error"})
    await nova.wait(uid, "ERROR")
    await nova_admin.act(uid, "os-resetState", {"state": "active"})
    await nova.wait(uid, "ACTIVE")


async def test_a_server_moves_cold_and_live(nova: Rig, nova_admin: Rig) -> None:
    uid = await nova.boot()
    first = (await nova_admin.show(uid))["OS-EXT-SRV-ATTR:host"]
    await nova_admin.act(uid, "os-migrateLive", {"host": None, "block_migration": "auto"})
    await nova.wait(uid, "ACTIVE")
    second = (await nova_admin.show(uid))["OS-EXT-SRV-ATTR:host"]
    assert second != first
    await nova_admin.act(uid, "migrate", {"host": first})
    await nova.wait(uid, "VERIFY_RESIZE")
    assert (await nova_admin.show(uid))["OS-EXT-SRV-ATTR:host"] == first
    await nova.act(uid, "revertResize")
    await nova.wait(uid, "ACTIVE")
    assert (await nova_admin.show(uid))["OS-EXT-SRV-ATTR:host"] == second
    await nova.act(uid, "migrate", status=403)


async def test_what_is_done_shows_among_the_actions_with_the_requests_id(nova: Rig) -> None:
    made = await nova.client("POST", "/compute/v2.1/servers", None)
    assert made.status == 400
    uid = await nova.boot()
    await nova.act(uid, "reboot", {"type": "HARD"})
    await nova.wait(uid, "ACTIVE")
    found = (await nova("GET", f"{uid}/os-instance-actions", version="2.1"))["instanceActions"]
    assert [one["action"] for one in found] == ["reboot", "create"]
    one = (await nova("GET", f"{uid}/os-instance-actions/{found[0]['request_id']}"))["instanceAction"]
    assert [event["result"] for event in one["events"]] == ["Success"]


async def test_unknown_actions_and_servers(nova: Rig) -> None:
    await nova.act("00000000-0000-0000-0000-000000000000", "os-start", status=404)
    uid = await nova.boot()
    await nova.act(uid, "os-dance", status=400)
    await nova("DELETE", "-1", status=404)
