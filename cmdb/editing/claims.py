"""From what somebody sends to what a source claims.  Pure; what is refused is refused with the field's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from cmdb.editing.bodies import Edit, Founding, Whole
from cmdb.model import Ci, Claim, Value, checked_attributes, class_of
from cmdb.reconciliation import NAME, PERSON, TAGS, claimed
from dcsim.errors import InvalidArgument

MAX_VALUES = 1_000
"""Elements of a list that an attribute can have."""


def founded(body: Founding) -> dict[str, Value]:
    """What somebody states of a CI that is to be.  Raises InvalidArgument."""
    if class_of(body.cls).abstract:
        raise InvalidArgument(f"{body.cls} is abstract: a CI needs one of the classes below it.", field="class")
    return whole(body.cls, Whole(name=body.name, attributes=body.attributes, tags=body.tags))


def whole(cls: str, body: Whole) -> dict[str, Value]:
    """All that somebody states.  Raises InvalidArgument."""
    said = stated(cls, body.attributes)
    if body.name is not None:
        said[NAME] = body.name
    if body.tags:
        said[TAGS] = tuple(sorted(set(body.tags)))
    return said


def changed(cls: str, before: Mapping[str, Value], body: Edit) -> dict[str, Value]:
    """All that somebody states after an edit.  Raises InvalidArgument."""
    said = dict(before)
    said |= stated(cls, {name: value for name, value in body.attributes.items() if value is not None})
    gone = {name for name, value in body.attributes.items() if value is None}
    stated(cls, dict.fromkeys(gone))
    if body.name is not UNSET:
        gone |= {NAME} if body.name is None else set()
        said[NAME] = body.name or ""
    if body.tags is not UNSET:
        gone |= set() if body.tags else {TAGS}
        said[TAGS] = tuple(sorted(set(body.tags or ())))
    return {name: value for name, value in said.items() if name not in gone}


def stated(cls: str, attributes: Mapping[str, Any]) -> dict[str, Value]:
    """Checked attributes.  Raises InvalidArgument."""
    for name, value in attributes.items():
        texts: Iterable[Any] = value if isinstance(value, list) else (value,)
        if isinstance(value, list) and len(value) > MAX_VALUES:
            raise InvalidArgument(f"{name}: more than {MAX_VALUES} values.", field=name)
        if any(isinstance(text, str) and "\0" in text for text in texts):
            raise InvalidArgument(f"{name}: a text cannot have NUL characters.", field=name)
    return checked_attributes(cls, attributes)


def claim_of(ci: Ci, source: str = PERSON) -> Claim:
    """What a source claims of a CI; an empty claim when it does not."""
    return ci.sources.get(source, Claim(key=ci.uid))


def with_claim(ci: Ci, said: Mapping[str, Value], at: datetime, source: str = PERSON) -> Ci:
    """The CI after a source states just this.  A source that states nothing has no claim, unless nobody else has one."""
    claim = msgspec.structs.replace(claim_of(ci, source), attributes=dict(said))
    if not said and set(ci.sources) - {source}:
        return claimed(ci, ci.uid, ci.cls, source, None, at) or ci
    return claimed(ci, ci.uid, ci.cls, source, claim, at) or ci
