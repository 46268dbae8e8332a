"""Names of managed entities as vCenter takes them."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.soap.faults import VimFault

LONGEST: Final = 80
"""Characters that a name may have (ManagedEntity.name)."""
_ESCAPES: Final = {"/": "%2f", "\\": "%5c"}


def entity_name(name: str | None, entity: Any = None) -> str:
    """The name as vCenter keeps it, with slashes escaped; VimFault InvalidName when it is empty or too long."""
    if name is None or not name.strip():
        raise invalid_name(name or "", entity)
    kept = "".join(_ESCAPES.get(letter, letter) for letter in name)
    if len(kept) > LONGEST:
        raise invalid_name(name, entity)
    return kept


def invalid_name(name: str, entity: Any = None) -> VimFault:
    """The name cannot be used; ``entity`` is the reference of what should have it."""
    return VimFault(vim.fault.InvalidName(name=name, entity=entity), f"The name '{name[:LONGEST]}' is invalid.")


def duplicate_name(name: str, taken_by: Any) -> VimFault:
    """The name is taken; ``taken_by`` is the reference of what has it."""
    return VimFault(vim.fault.DuplicateName(name=name, object=taken_by), f"The name '{name}' already exists.")
