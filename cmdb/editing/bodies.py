"""What people send: shapes of the edits."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]
Tag: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f,;/]+$")]
Tags: TypeAlias = Annotated[list[Tag], Meta(max_length=100)]
Text: TypeAlias = Annotated[str, Meta(max_length=10_000)]
Stated: TypeAlias = Text | int | float | bool | list[Text]
"""The value of an attribute."""
Maybe: TypeAlias = Text | int | float | bool | list[Text] | None
"""The same; null takes back what was stated."""


class Founding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"cls": "class"}):
    """A CI that a person founds."""

    cls: str
    name: Name
    attributes: dict[str, Stated] = msgspec.field(default_factory=dict)
    tags: Tags = msgspec.field(default_factory=list)


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person states of a CI from now on; null takes back what people stated before, what is absent stays."""

    name: Name | UnsetType | None = UNSET
    attributes: dict[str, Maybe] = msgspec.field(default_factory=dict)
    tags: Tags | UnsetType | None = UNSET


class Whole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that people state of a CI; what they stated before and is absent here is taken back."""

    name: Name | None = None
    attributes: dict[str, Stated] = msgspec.field(default_factory=dict)
    tags: Tags = msgspec.field(default_factory=list)


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a thing whose claim was taken back: ``gone``, or there because the sources in ``still`` state it."""

    uid: str
    gone: bool
    still: tuple[str, ...] = ()
    detail: str = ""


class Linking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A relation as a person states it: ``tier`` and ``needed`` of those that need so many of a tier."""

    properties: dict[str, Text | int | float | bool] = msgspec.field(default_factory=dict)
