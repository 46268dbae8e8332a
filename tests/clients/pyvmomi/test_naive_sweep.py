"""What a person at a prompt does: read every attribute of every object that the inventory has, one by one, with pyVmomi's own list."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import ManagedObject

from tests.clients.pyvmomi.session import all_of


def test_every_attribute_of_every_object_can_be_read(si: Any) -> None:
    content = si.RetrieveContent()
    managers = [value for value in vars(content).values() if isinstance(value, ManagedObject)]
    failed = [
        f"{thing._moId}.{declared.name}: {error}"
        for thing in [si, content.rootFolder, *all_of(si, vim.ManagedEntity), *managers]
        for declared in thing._GetPropertyList()
        if (error := _error(thing, declared.name))
    ]
    assert failed == []


def _error(thing: Any, name: str) -> str:
    try:
        getattr(thing, name)
    except (vmodl.MethodFault, vmodl.RuntimeFault, AttributeError) as fault:
        return type(fault).__name__
    return ""
