"""Property paths against types."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from emulators.vsphere.soap import metadata, paths, vmodl
from emulators.vsphere.soap.paths import Step


@pytest.mark.parametrize(
    ("path", "type_name"),
    [
        ("name", "str"),
        ("config.hardware.device", "vim.vm.device.VirtualDevice[]"),
        ("config.hardware.device[4000]", "vim.vm.device.VirtualDevice"),
        ("config.hardware.device[4000].backing", "vim.vm.device.VirtualDevice.BackingInfo"),
        ('config.extraConfig["guestinfo.a.b"].value', "object"),
        ("guest.net", "vim.vm.GuestInfo.NicInfo[]"),
        ("runtime.powerState", "vim.VirtualMachine.PowerState"),
        ("parent", "vim.ManagedEntity"),
    ],
)
def test_paths_that_exist(path: str, type_name: str) -> None:
    found = paths.resolve(vim.VirtualMachine, path)
    assert found is not None
    assert found.type.__name__ == type_name
    assert len(found.fields) == len(found.steps)


def test_what_only_a_subtype_has_is_left_to_the_value() -> None:
    found = paths.resolve(vim.VirtualMachine, "config.hardware.device[2000].capacityInKB.more")
    assert found is not None
    assert found.type is None
    assert [field.name for field in found.fields] == ["config", "hardware", "device"]


IMPOSSIBLE = [
    *("", "nmae", "config.", ".config", "config..hardware", "config[1]", "name.length"),
    *("guest.nett", "parent.name", "config.hardware.device[", "a b"),
]


@pytest.mark.parametrize("path", IMPOSSIBLE)
def test_paths_that_cannot_exist(path: str) -> None:
    assert paths.resolve(vim.VirtualMachine, path) is None


def test_steps() -> None:
    assert paths.parse('a.b[4000].c["x.y"]') == (Step("a"), Step("b", "4000"), Step("c", "x.y"))


@pytest.mark.parametrize("name", ["VirtualMachine", "HostSystem", "Folder", "Datastore"])
def test_inherited_properties_are_there(name: str) -> None:
    managed = metadata.managed_type(name)
    assert managed is not None
    assert {"name", "parent", "customValue", "declaredAlarmState"} <= metadata.properties_of(managed).keys()


@pytest.mark.parametrize("name", ["Rubbish", "VirtualMachineConfigSpec", "", "a" * 1000, "ArrayOfArrayOfString", "x y"])
def test_what_is_no_managed_type(name: str) -> None:
    assert metadata.managed_type(name) is None


def test_wire_names() -> None:
    spec: Any = vmodl.by_wire_name("urn:vim25", "VirtualMachineConfigSpec")
    assert spec is vim.vm.ConfigSpec
    assert metadata.data_type("VirtualMachineConfigSpec") is spec
    assert vmodl.by_wire_name(None, "ArrayOfManagedObjectReference") is vmodl.array_of(vmodl.ManagedObject)
    assert vmodl.by_wire_name("urn:nonsense", "ManagedObjectReference") is vmodl.ManagedObject
    assert metadata.method("urn:vim25", "NoSuchMethod") is None
    assert metadata.method("urn:nonsense", "Fetch") is None
