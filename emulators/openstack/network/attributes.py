"""Attributes as data, after neutron-lib's API definitions: what may be sent, what is shown, what lists can be filtered and sorted by.

    Attribute("name", label, "PUVFS", default="")

Flags: ``P`` may be given when the resource is made, ``U`` when it is changed, ``V`` shown, ``F`` a filter, ``S`` a sort key; ``a`` only
administrators may give it, ``s`` only administrators see it.  No default: required when the resource is made (``P``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.faults import forbidden, malformed, unfit
from emulators.openstack.network.values import Kind, anything, boolean, text


class Absent:
    """The default of what is left out when it is not given."""


REQUIRED: Final = Absent()
LEFT_OUT: Final = Absent()
"""Not given means: the resource's own code decides (neutron-lib's ATTR_NOT_SPECIFIED)."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a resource."""

    name: str
    kind: Kind = anything
    flags: str = "V"
    default: Any = REQUIRED

    def has(self, flag: str) -> bool:
        """Whether a flag is set."""
        return flag in self.flags


PROJECT: Final = (Attribute("tenant_id", text(255), "PVFS", LEFT_OUT), Attribute("project_id", text(255), "PVFS", LEFT_OUT))
STANDARD: Final = (
    Attribute("description", text(255), "PUVFS", ""),
    Attribute("created_at", anything, "VFS"),
    Attribute("updated_at", anything, "VFS"),
    Attribute("revision_number", anything, "VFS"),
)
"""What resources with standard attributes have beside their own."""
TAGS: Final = Attribute("tags", anything, "V")


def shared(flags: str = "PUVFa") -> Attribute:
    """Whether everybody may use it."""
    return Attribute("shared", boolean, flags, False)


def prepare_create(attributes: Mapping[str, Attribute], member: str, given: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """What a resource is to be made with: values read, defaults filled in, the project named; raises Fault 400 or 403."""
    found = _read(attributes, given, "P", "POST")
    found["project_id"] = _project(given, caller)
    found.pop("tenant_id", None)
    for attribute in attributes.values():
        if not attribute.has("P") or attribute.name in found or attribute.name in {"tenant_id", "project_id"}:
            continue
        if attribute.default is REQUIRED:
            raise malformed(f"Failed to parse request. Required attribute '{attribute.name}' not specified")
        if attribute.default is not LEFT_OUT:
            found[attribute.name] = attribute.default
    _require_allowed(attributes, f"create_{member}", given, found, caller)
    return found


def prepare_update(attributes: Mapping[str, Attribute], member: str, given: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """What is to change in a resource: values read; raises Fault 400 or 403."""
    found = _read(attributes, given, "U", "PUT")
    _require_allowed(attributes, f"update_{member}", given, found, caller)
    return found


def _read(attributes: Mapping[str, Attribute], given: Mapping[str, Any], flag: str, method: str) -> dict[str, Any]:
    unknown = sorted(set(given) - set(attributes))
    if unknown:
        raise malformed(f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    found: dict[str, Any] = {}
    for name, value in given.items():
        attribute = attributes[name]
        if not attribute.has(flag):
            raise malformed(f"Attribute '{name}' not allowed in POST" if method == "POST" else f"Cannot update read-only attribute {name}")
        found[name] = read(attribute, value)
    return found


def read(attribute: Attribute, value: Any) -> Any:
    """A value of an attribute; raises Fault 400."""
    try:
        return attribute.kind(value)
    except ValueError as error:
        raise unfit(attribute.name, error) from error


def _project(given: Mapping[str, Any], caller: Caller) -> str:
    wanted = {name: given[name] for name in ("tenant_id", "project_id") if given.get(name) is not None}
    if len(set(wanted.values())) > 1:
        raise malformed("'project_id' and 'tenant_id' do not match")
    project = str(next(iter(wanted.values()), caller.project))
    if project != caller.project and not caller.admin:
        raise malformed("Specifying 'project_id' other than the authenticated project in request requires admin privileges")
    if not project:
        raise malformed("Running without keystone AuthN requires that tenant_id is specified")
    return project


def _require_allowed(
    attributes: Mapping[str, Attribute], rule: str, given: Mapping[str, Any], found: Mapping[str, Any], caller: Caller
) -> None:
    """Refuse what only administrators may give, unless it is what it would be anyway."""
    if caller.admin:
        return
    for name in given:
        attribute = attributes[name]
        creating = rule.startswith("create_")
        if attribute.has("a") and not (creating and found.get(name) == attribute.default):
            raise forbidden(f"{rule} and rule:{rule}:{name}")


def shown(attributes: Iterable[Attribute], caller: Caller) -> tuple[str, ...]:
    """The names of what a caller sees."""
    return tuple(one.name for one in attributes if one.has("V") and (caller.admin or not one.has("s")))


def member_of(body: Any, member: str) -> dict[str, Any]:
    """What stands under the resource's name in a body; raises Fault 400."""
    if not isinstance(body, dict) or not body:
        raise malformed("Resource body required")
    if member not in body:
        raise malformed(f"Unable to find '{member}' in request body")
    content = body[member]
    if not isinstance(content, dict):
        raise malformed(f"Body contains invalid data: '{member}' is not an object")
    return content


__all__ = [
    "LEFT_OUT",
    "PROJECT",
    "REQUIRED",
    "STANDARD",
    "TAGS",
    "Attribute",
    "Fault",
    "member_of",
    "prepare_create",
    "prepare_update",
    "shared",
    "shown",
]
