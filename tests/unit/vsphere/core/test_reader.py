"""Reading properties: computed once, dropped when they must be, walked along paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from dcsim.events import Actor
from emulators.vsphere.call import Services
from emulators.vsphere.objects import Object
from emulators.vsphere.properties import table
from emulators.vsphere.properties.fragments import Fragment
from emulators.vsphere.properties.table import prop
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap.faults import VimFault
from emulators.vsphere.soap.versions import newest_of
from emulators.vsphere.soap.vmodl import VIM25
from emulators.world.engine import World
from emulators.world.model import Disk, Power, Vm
from tests.unit.vsphere.core.wire import Edit

VERSION = newest_of(VIM25)


class Reads:
    """Property functions that a test replaces, with what was asked of them."""

    def __init__(self, services: Services, managed: Object) -> None:
        self.services = services
        self.managed = managed
        self.view = services.properties.anonymous
        self.calls = 0

    def define(self, path: str, function: Any) -> None:
        first = path.partition(".")[0]
        for key in [key for key in table._ENTRIES if key[1].partition(".")[0] == first and issubclass(self.managed.type, key[0])]:
            del table._ENTRIES[key]

        def counted(view: View, vm: Any) -> Any:
            self.calls += 1
            return function(view, vm)

        prop(vim.VirtualMachine, path)(counted)

    def read(self, path: str) -> Fragment:
        self.services.properties.start_object()
        return self.services.properties.fragment(self.view, self.managed, path, VERSION)

    def text(self, path: str) -> str:
        fragment = self.read(path)
        assert fragment.fault is None
        return fragment.data.decode()


@pytest.fixture
def reads(services: Services, vms: list[Vm]) -> Iterator[Reads]:
    saved = dict(table._ENTRIES)
    managed = services.objects.of(vms[0])
    assert managed is not None
    yield Reads(services, managed)
    table._ENTRIES.clear()
    table._ENTRIES.update(saved)
    table._FOUND.clear()


def test_a_property_is_computed_once_until_what_it_read_changes(reads: Reads, world: World, vms: list[Vm]) -> None:
    reads.define("name", lambda view, vm: f"{vm.name}/{len(view.state.where(Disk, 'vm', vm.uid))}")
    first = reads.text("name")
    assert reads.text("name") == first
    world.execute_now(Edit(uid=vms[1].uid, fields={"name": "another"}), Actor())
    assert reads.text("name") == first
    assert reads.calls == 1
    disk = next(disk for disk in world.state.all(Disk) if disk.vm == vms[1].uid)
    world.execute_now(Edit(uid=disk.uid, fields={"vm": vms[0].uid}), Actor())
    assert reads.text("name") != first
    world.execute_now(Edit(uid=vms[0].uid, fields={"name": "x"}), Actor())
    assert reads.text("name").startswith('<val xsi:type="xsd:string">x/')
    assert reads.calls == 3


def test_an_array_key_picks_an_element(reads: Reads) -> None:
    devices = [vim.vm.device.VirtualDisk(key=2000, unitNumber=1), vim.vm.device.VirtualDisk(key=2001, unitNumber=5)]
    reads.define("config.hardware.device", lambda _view, _vm: devices)
    assert reads.text("config.hardware.device[2001].unitNumber") == '<val xsi:type="xsd:int">5</val>'
    assert reads.text("config.hardware.device[2001]").startswith('<val xsi:type="VirtualDisk"><key>2001</key>')
    assert reads.text("config.hardware.device[1]") == ""
    assert reads.text("config.hardware.device").count("<VirtualDevice ") == 2
    assert reads.calls == 4


def test_strings_and_references_are_picked_by_their_value(reads: Reads, vms: list[Vm]) -> None:
    options = [vim.option.OptionValue(key="guestinfo.a", value="1"), vim.option.OptionValue(key="b", value="2")]
    reads.define("config.extraConfig", lambda _view, _vm: options)
    assert reads.text('config.extraConfig["guestinfo.a"].value') == '<val xsi:type="xsd:string">1</val>'
    reads.define("datastore", lambda _view, _vm: [vim.Datastore("datastore-1"), vim.Datastore("datastore-2")])
    assert "datastore-2" in reads.text("datastore[datastore-2]")


def test_the_longest_registered_path_answers(reads: Reads) -> None:
    reads.define("runtime", lambda _view, _vm: 1 / 0)
    prop(vim.VirtualMachine, "runtime.powerState")(lambda _view, _vm: "poweredOn")
    assert reads.text("runtime.powerState") == '<val xsi:type="VirtualMachinePowerState">poweredOn</val>'
    assert reads.calls == 0


def test_nothing_below_what_is_unset(reads: Reads) -> None:
    reads.define("guest", lambda _view, _vm: None)
    assert reads.text("guest") == ""
    assert reads.text("guest.net") == ""


def test_values_of_several_paths_share_one_computation(reads: Reads) -> None:
    reads.define("runtime", lambda _view, _vm: vim.vm.RuntimeInfo(connectionState="connected", powerState="poweredOn"))
    reads.services.properties.start_object()
    for path in ("runtime.powerState", "runtime.connectionState"):
        reads.services.properties.fragment(reads.view, reads.managed, path, VERSION)
    assert reads.calls == 1


def test_a_volatile_property_holds_for_its_time(reads: Reads, services: Services) -> None:
    reads.define("name", lambda view, _vm: view.volatile(20) or f"{view.now.timestamp()}")
    first = reads.text("name")
    services.world.clock.pause()
    services.world.clock.step(10)
    assert reads.text("name") == first
    services.world.clock.step(11)
    assert reads.text("name") != first


def test_what_depends_on_the_time_is_volatile_by_itself(reads: Reads, services: Services) -> None:
    reads.define("name", lambda view, _vm: f"{view.now.timestamp()}")
    first = reads.text("name")
    services.world.clock.step(60)
    assert reads.text("name") != first


def test_one_property_may_ask_for_another(reads: Reads, world: World, vms: list[Vm]) -> None:
    reads.define("runtime.powerState", lambda _view, vm: "poweredOn" if vm.power is Power.ON else "poweredOff")
    reads.define("name", lambda view, _vm: "is " + view.value(reads.managed, "runtime.powerState"))
    world.execute_now(Edit(uid=vms[0].uid, fields={"power": Power.ON}), Actor())
    assert reads.text("name") == '<val xsi:type="xsd:string">is poweredOn</val>'
    world.execute_now(Edit(uid=vms[0].uid, fields={"power": Power.OFF}), Actor())
    assert reads.text("name") == '<val xsi:type="xsd:string">is poweredOff</val>'


def test_what_is_said_to_depend_on_a_key_is_dropped_with_it(reads: Reads, services: Services) -> None:
    reads.define("name", lambda view, _vm: view.depends(("outside", "1")) or str(reads.calls))
    assert reads.text("name") == reads.text("name")
    services.properties.touch([("outside", "2")])
    assert reads.calls == 1
    services.properties.touch([("outside", "1")])
    assert ">2<" in reads.text("name")


@pytest.mark.parametrize("answer", [lambda _view, _vm: 1 / 0, lambda view, _vm: view.ref("nothing"), lambda _view, _vm: vim.Description()])
def test_a_function_that_fails_is_a_fault_of_its_property_alone(reads: Reads, answer: Any) -> None:
    reads.define("name", answer)
    fragment = reads.read("name")
    assert isinstance(fragment.fault, vmodl.fault.SystemError)
    assert "Traceback" not in fragment.fault.reason
    reads.define("name", lambda _view, _vm: "well again")
    table._FOUND.clear()
    assert "well again" in reads.text("name")


@pytest.mark.parametrize("path", ["nothing", "name.length", "config.nothing", "datastore.name", "config.hardware.device.key"])
def test_a_path_that_cannot_be_is_invalid(reads: Reads, path: str) -> None:
    fault = reads.read(path).fault
    assert isinstance(fault, vmodl.query.InvalidProperty)
    assert fault.name == path


def test_objects_that_are_gone_cannot_be_read(reads: Reads, world: World, vms: list[Vm]) -> None:
    from tests.unit.vsphere.core.wire import Remove

    world.execute_now(Remove(uid=vms[0].uid), Actor())
    with pytest.raises(VimFault) as caught:
        reads.services.properties.value(reads.view, reads.managed, "name")
    assert isinstance(caught.value.fault, vmodl.fault.ManagedObjectNotFound)


@pytest.mark.parametrize(
    ("managed", "path"), [(vim.VirtualMachine, "nothing"), (vim.VirtualMachine, "name"), (vim.Folder, "childEntity[1]")]
)
def test_a_function_must_be_for_a_property_and_the_only_one(managed: Any, path: str) -> None:
    if path == "name":
        managed = vim.ManagedEntity
    with pytest.raises(TypeError):
        prop(managed, path)(lambda _view, _vm: None)
