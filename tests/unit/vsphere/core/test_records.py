"""vCenter's own records: the root folder, datacenters and their folders."""

from __future__ import annotations

from dcsim.events import Actor
from emulators.vsphere.records import ROOT, CreateDatacenter, Datacenter, Folder, Holds, bootstrap, default_datacenter, own_folder
from emulators.world.engine import World
from emulators.world.model import Site
from tests.unit.vsphere.core.wire import Copy


def test_every_site_has_a_datacenter_with_four_folders(world: World) -> None:
    for site in world.state.all(Site):
        datacenter = default_datacenter(world.state, site.uid)
        assert datacenter is not None
        assert (datacenter.name, datacenter.folder) == (site.name, ROOT)
        folders = {folder.holds: folder.name for folder in world.state.where(Folder, "parent", datacenter.uid)}
        assert folders == {Holds.VM: "vm", Holds.HOST: "host", Holds.DATASTORE: "datastore", Holds.NETWORK: "network"}


def test_a_second_bootstrap_changes_nothing(world: World) -> None:
    before = world.sequence
    bootstrap(world)
    assert world.sequence == before


def test_a_site_that_comes_later_gets_its_datacenter(world: World) -> None:
    site = world.execute_now(Copy(uid=world.state.all(Site)[0].uid, fields={"name": "ber9"}), Actor()).result
    bootstrap(world)
    made = default_datacenter(world.state, site)
    assert made is not None
    assert made.name == "ber9"


def test_the_first_datacenter_of_a_site_is_where_its_things_live(world: World) -> None:
    site = world.state.all(Site)[0]
    first = default_datacenter(world.state, site.uid)
    uid = world.execute_now(CreateDatacenter(name="second", folder=ROOT, site=site.uid), Actor()).result
    assert default_datacenter(world.state, site.uid) is first
    second = world.state.get(Datacenter, uid)
    vm_folder = own_folder(world.state, second, Holds.VM)
    assert vm_folder is not None
    assert vm_folder.site == site.uid
