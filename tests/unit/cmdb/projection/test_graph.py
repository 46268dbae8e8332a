"""What the engine's events make in the graph."""

from __future__ import annotations

from emulators.world.decisions.components import SetBladePower
from emulators.world.decisions.hardware import VmSettings
from emulators.world.decisions.power import PowerOff
from emulators.world.decisions.vms import DestroyVm, ReconfigureVm
from emulators.world.model import BladePower
from tests.unit.cmdb.projection.scene import Scene
from tests.unit.world.lab import ACTOR


async def test_a_seeded_world_stands_in_the_graph(scene: Scene) -> None:
    await scene.flow()
    counts = await scene.store.counts()
    assert counts["VirtualMachine"] == 4
    assert counts["Hypervisor"] == 3
    assert counts["Blade"] == 3
    assert counts["RackServer"] == 1
    assert counts["Datacenter"] == counts["UcsDomain"] == 1


async def test_the_whole_way_down_from_a_vm_to_the_power_feed(scene: Scene) -> None:
    await scene.flow()
    web = await scene.named("VirtualMachine", "web")
    assert web.attributes["power"] == "on"
    assert web.attributes["site"] == "ams1"
    assert await scene.targets(web, "RUNS_ON") == ["esx-1"]
    assert await scene.targets(web, "MEMBER_OF") == ["Resources", "c1"]
    assert await scene.targets(web, "STORED_ON") == ["ds-1"]
    assert await scene.targets(web, "ATTACHED_TO") == ["net-1"]
    assert len(await scene.targets(web, "USES")) == 2
    host = await scene.named("Hypervisor", "esx-1")
    (runs,) = await scene.relations(host, "RUNS_ON")
    blade = await scene.store.node(runs.target)
    assert blade is not None
    assert blade.cls == "Blade"
    (chassis_link,) = await scene.relations(blade, "MOUNTED_IN")
    chassis = await scene.store.node(chassis_link.target)
    assert chassis is not None
    supplies = await scene.relations(chassis, "POWERED_BY")
    feeds = await scene.store.relations_of([one.target for one in supplies], "out", ["FED_BY"])
    assert {feed.name for feed in (await scene.store.nodes(one.target for one in feeds)).values()} == {"feed-a", "feed-b"}
    modules = await scene.relations(chassis, "CONNECTED_BY")
    above = await scene.store.relations_of([one.target for one in modules], "out", ["UPLINKS_TO"])
    assert len({one.target for one in above}) == 2


async def test_ucs_and_vsphere_see_one_blade(scene: Scene) -> None:
    await scene.flow()
    host = await scene.named("Hypervisor", "esx-1")
    (link,) = await scene.relations(host, "RUNS_ON")
    blade = await scene.store.node(link.target)
    assert blade is not None
    assert set(blade.sources) == {"ucs", "vsphere"}, "merged by serial number"
    assert blade.sources["vsphere"].attributes["serial"] == blade.attributes["serial"] == host.attributes["serial"]
    assert await scene.store.find("DeDuplicationTask", "state", "open") == []


async def test_a_change_has_its_actor_and_its_event(scene: Scene) -> None:
    await scene.flow()
    before = await scene.named("VirtualMachine", "web")
    scene.lab.run(PowerOff(vm=scene.lab.vm("web").uid))
    await scene.flow()
    after = await scene.named("VirtualMachine", "web")
    assert (after.attributes["power"], after.version) == ("off", before.version + 1)
    row = (await scene.history(after))[-1]
    assert (row.op, row.before["attributes"]["power"], row.after["attributes"]["power"]) == ("updated", "on", "off")
    assert row.actor == ACTOR
    event = next(event for event in scene.events() if event.id == row.event_id)
    assert event.type.endswith("vm.powered_off")


async def test_what_others_show_of_it_follows_a_rename(scene: Scene) -> None:
    await scene.flow()
    scene.lab.run(ReconfigureVm(vm=scene.lab.vm("db").uid, settings=VmSettings(name="database")))
    await scene.flow()
    assert (await scene.named("VirtualMachine", "database")).uid == (await scene.store.find("VirtualMachine", "name", "database"))[0].uid
    assert await scene.store.find("VirtualMachine", "name", "db") == []


async def test_what_is_gone_is_gone_with_its_relations_but_not_its_history(scene: Scene) -> None:
    await scene.flow()
    spare = await scene.named("VirtualMachine", "spare")
    scene.lab.run(DestroyVm(vm=scene.lab.vm("spare").uid))
    await scene.flow()
    assert await scene.store.node(spare.uid) is None
    assert await scene.store.relations_of([spare.uid], "both") == []
    assert "deleted" in [row.op for row in await scene.history(spare)]


async def test_a_blade_that_goes_down_shows_in_every_layer(scene: Scene) -> None:
    await scene.flow()
    host = scene.lab.host("esx-3")
    scene.lab.do(SetBladePower(blade=host.blade, power=BladePower.OFF))
    await scene.flow()
    seen = await scene.named("Hypervisor", "esx-3")
    (link,) = await scene.relations(seen, "RUNS_ON")
    blade = await scene.store.node(link.target)
    assert blade is not None
    assert blade.attributes["power"] == "off"
    assert (await scene.history(blade))[-1].actor.principal == "tester"
