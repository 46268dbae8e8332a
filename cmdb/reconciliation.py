"""Several sources, one CI: whose word counts for which attribute, and what remains when one of them falls silent.

A CI keeps what each source claims; its attributes are made from the claims alone, so the order in which sources spoke makes no
difference.  What people say outranks every system; a system outranks an import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from cmdb.model import Ci, Claim, Value, class_of
from cmdb.projection.declare import ENGINE, OPENSTACK, UCS, VSPHERE
from dcsim.ids import uid_for

PERSON, IMPORT = "person", "import"
NAME, TAGS = "name", "tags"
"""What a claim may state besides attributes."""

DEFAULT: Final = (PERSON, VSPHERE, OPENSTACK, UCS, ENGINE, IMPORT)
BY_FAMILY: Final[Mapping[str, tuple[str, ...]]] = {
    "facility": (PERSON, ENGINE, UCS, VSPHERE, OPENSTACK, IMPORT),
    "hardware": (PERSON, UCS, ENGINE, VSPHERE, OPENSTACK, IMPORT),
}
"""Whose word counts first, by family of classes: UCS Manager knows hardware better than the host that runs on it."""
BY_ATTRIBUTE: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("VirtualMachine", "power"): (PERSON, VSPHERE, ENGINE, OPENSTACK, UCS, IMPORT),  # Nova polls; the machine itself is the truth
    ("VirtualMachine", "cpus"): (PERSON, VSPHERE, ENGINE, OPENSTACK, UCS, IMPORT),
    ("VirtualMachine", "memory_bytes"): (PERSON, VSPHERE, ENGINE, OPENSTACK, UCS, IMPORT),
    ("VirtualMachine", "hostname"): (PERSON, VSPHERE, ENGINE, OPENSTACK, UCS, IMPORT),
}
"""The exceptions."""


def authority(cls: str, attribute: str) -> tuple[str, ...]:
    """The sources whose word counts for an attribute (or ``name``) of a class, the first one first."""
    for label in reversed(class_of(cls).labels):
        if (label, attribute) in BY_ATTRIBUTE:
            return BY_ATTRIBUTE[label, attribute]
    return BY_FAMILY.get(class_of(cls).family, DEFAULT)


def ranked(cls: str, attribute: str, sources: Iterable[str]) -> list[str]:
    """Those sources in the order of their authority; unknown ones come last, by name."""
    order = authority(cls, attribute)
    return sorted(sources, key=lambda source: (order.index(source) if source in order else len(order), source))


def reconciled(cls: str, claims: Mapping[str, Claim]) -> tuple[str, dict[str, Value], tuple[str, ...]]:
    """Name, attributes and tags that follow from the claims; the name is empty when nobody states one."""
    stated: dict[str, list[str]] = {}
    for source, claim in claims.items():
        for attribute in claim.attributes:
            stated.setdefault(attribute, []).append(source)
    attributes = {name: claims[ranked(cls, name, sources)[0]].attributes[name] for name, sources in stated.items()}
    name = str(attributes.pop(NAME, ""))
    attributes.pop(TAGS, None)
    tags: set[str] = set()
    for claim in claims.values():
        said = claim.attributes.get(TAGS, ())
        tags |= set(said) if isinstance(said, tuple) else set()
    return name, attributes, tuple(sorted(tags))


def new_uid(cls: str, source: str, key: str) -> str:
    """The uid of the CI that a source founds: the same whenever it is founded again."""
    return uid_for("ci", cls, source, key)


def claimed(ci: Ci | None, uid: str, cls: str, source: str, claim: Claim | None, at: datetime) -> Ci | None:
    """The CI after a source has said something new about it, or (None) nothing any more; None when nobody claims it then.

    The very same CI comes back when that changes nothing; a name stays the last one that was stated, and the class (*cls* is that of a
    new CI) the one that it was founded with.
    """
    claims = dict(ci.sources) if ci is not None else {}
    if claim is None:
        claims.pop(source, None)
    else:
        claims[source] = claim
    if not claims:
        return None
    if ci is not None and claims == ci.sources:
        return ci
    name, attributes, tags = reconciled(ci.cls if ci is not None else cls, claims)
    if ci is None:
        return Ci(uid=uid, cls=cls, name=name or uid, attributes=attributes, sources=claims, tags=tags, created=at, changed=at)
    return msgspec.structs.replace(ci, name=name or ci.name, attributes=attributes, sources=claims, tags=tags, changed=at)


def edited(ci: Ci, at: datetime, set_attributes: Mapping[str, Value], forgotten: Iterable[str] = (), by: str = PERSON) -> Ci:
    """The CI after a person (or another source) stated some attributes (``name`` and ``tags`` too), and took others back.

    The attributes must have been checked (`cmdb.model.checked_attributes`).  ``version`` is left to whoever writes it.
    """
    before = ci.sources.get(by, Claim(key=ci.uid))
    gone = set(forgotten)
    attributes = {name: value for name, value in {**before.attributes, **set_attributes}.items() if name not in gone}
    claim = msgspec.structs.replace(before, attributes=attributes) if attributes else None
    return claimed(ci, ci.uid, ci.cls, by, claim, at) or ci
