"""What queries ask of providers: amounts, traits, aggregates and trees, by groups that a suffix names."""

from __future__ import annotations

import uuid
from typing import Final

import msgspec

from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.placement.refusals import unknown_classes, unknown_traits
from emulators.world.state import WorldState

MAX_INT: Final = 0x7FFFFFFF
_FORM: Final = (
    "Badly formed resources parameter. Expected resources query string parameter in form: ?resources=VCPU:2,MEMORY_MB:1024. Got: "
)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One group: ``required`` is a list of sets of traits of each of which one is needed, ``members`` the same of aggregates."""

    suffix: str = ""
    amounts: dict[str, int] = {}
    required: tuple[frozenset[str], ...] = ()
    forbidden: frozenset[str] = frozenset()
    members: tuple[frozenset[str], ...] = ()
    outside: frozenset[str] = frozenset()
    in_tree: str = ""

    def suits(self, traits: frozenset[str]) -> bool:
        """Whether these traits are what the group needs."""
        return not (traits & self.forbidden) and all(traits & some for some in self.required)

    def among(self, aggregates: tuple[str, ...]) -> bool:
        """Whether a provider in these aggregates is where the group wants it."""
        found = frozenset(aggregates)
        return not (found & self.outside) and all(found & some for some in self.members)


def single(call: Call, name: str) -> str:
    """The value of a parameter that may be there once."""
    return call.first(name)


def group_of(call: Call, suffix: str, *, forbidden: bool) -> Group:
    """The group of a suffix; raises Fault 400 for what is malformed."""
    required, refused = _traits(call, f"required{suffix}", forbidden=forbidden)
    members, outside = _members(call, f"member_of{suffix}")
    given = call.query.get(f"resources{suffix}")
    return Group(
        suffix=suffix,
        amounts=amounts(given[-1]) if given else {},
        required=required,
        forbidden=refused,
        members=members,
        outside=outside,
        in_tree=_tree(call, f"in_tree{suffix}"),
    )


def require_known(state: WorldState, *groups: Group) -> None:
    """Raise Fault 400 for classes and traits that there are not."""
    for group in groups:
        classes = unknown_classes(state, group.amounts)
        if classes:
            raise Fault(400, f"Invalid resource class in resources parameter: No such resource class {classes[0]}.")
        names = {name for some in group.required for name in some} | group.forbidden
        missing = unknown_traits(state, sorted(names))
        if missing:
            raise Fault(400, f'Invalid trait(s) in "required" parameter: No such trait(s): {", ".join(missing)}.')


def amounts(text: str) -> dict[str, int]:
    """``VCPU:2,MEMORY_MB:1024`` as amounts by class; raises Fault 400."""
    if not text.strip():
        raise Fault(400, f"{_FORM}empty string.")
    found: dict[str, int] = {}
    for part in text.split(","):
        name, separator, amount = part.partition(":")
        if not separator or ":" in amount:
            raise Fault(400, f"{_FORM}{part}.")
        found[name] = _amount(name, amount)
    return found


def _amount(name: str, text: str) -> int:
    try:
        amount = int(text)
    except ValueError as error:
        raise Fault(400, f"Requested resource {name} expected positive integer amount. Got: {text}.") from error
    if amount < 1:
        raise Fault(400, f"Requested resource {name} requires amount >= 1. Got: {amount}.")
    return min(amount, MAX_INT + 1)


def traits_of(text: str, name: str, *, forbidden: bool) -> tuple[frozenset[str], frozenset[str]]:
    """``A,!B`` as what is required and what is forbidden; raises Fault 400."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.lstrip("!") for part in parts) or (not forbidden and any(part.startswith("!") for part in parts)):
        form = "HW_CPU_X86_VMX,!CUSTOM_MAGIC" if forbidden else "HW_CPU_X86_VMX,CUSTOM_MAGIC"
        raise Fault(400, f"Invalid query string parameters: Expected '{name}' parameter value of the form: {form}. Got: {text}")
    return frozenset(part for part in parts if part[0] != "!"), frozenset(part[1:] for part in parts if part[0] == "!")


def _traits(call: Call, name: str, *, forbidden: bool) -> tuple[tuple[frozenset[str], ...], frozenset[str]]:
    required: list[frozenset[str]] = []
    refused: frozenset[str] = frozenset()
    values = call.query.get(name, [])
    for text in values if call.since("1.39") else values[-1:]:
        if text.startswith("in:") and call.since("1.39"):
            some, _ = traits_of(text.removeprefix("in:"), name, forbidden=False)
            required.append(some)
        else:
            wanted, unwanted = traits_of(text, name, forbidden=forbidden)
            required += [frozenset([one]) for one in wanted]
            refused |= unwanted
    conflicts = [some for some in required if some <= refused]
    if conflicts:
        names = ", ".join(sorted(trait for some in conflicts for trait in some))
        raise Fault(400, f"Conflicting required and forbidden traits found in the following traits keys: {name}: ({names})")
    return tuple(required), refused


def _members(call: Call, name: str) -> tuple[tuple[frozenset[str], ...], frozenset[str]]:
    values = call.query.get(name, [])
    if len(values) > 1 and not call.since("1.24"):
        raise Fault(400, f"Multiple {name} parameters are not supported")
    members: list[frozenset[str]] = []
    outside: frozenset[str] = frozenset()
    for value in values:
        text, negative = value.removeprefix("!"), value.startswith("!")
        if "," in text and not text.startswith("in:"):
            message = "Multiple values for 'member_of' must be prefixed with the 'in:' or '!in:' keyword using the valid microversion. "
            raise Fault(400, f"{message}Got: {value}")
        some = frozenset(_uuid(part, "member_of", "to contain valid UUID(s)") for part in text.removeprefix("in:").split(","))
        if not negative:
            members.append(some)
        elif call.since("1.32"):
            outside |= some
        else:
            raise Fault(400, f"Forbidden {name} parameters are not supported in the specified microversion")
    return tuple(members), outside


def _tree(call: Call, name: str) -> str:
    text = call.first(name).strip()
    return _uuid(text, "in_tree", "to be a format of uuid") if name in call.query else text


def _uuid(text: str, name: str, what: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Fault(400, f"Invalid query string parameters: Expected '{name}' parameter {what}. Got: {text}") from error
