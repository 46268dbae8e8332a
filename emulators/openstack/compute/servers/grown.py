"""Schemas that grow: what each microversion adds to a body or takes from it, as one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulators.openstack.schemas import closed
from emulators.openstack.service import Versioned


class Step(NamedTuple):
    """From 2.``minor`` on: properties that are new or different, names that are gone, names that are required."""

    minor: int
    added: Mapping[str, Any] = {}
    gone: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


def grown(
    key: str, first: Mapping[str, Any], required: tuple[str, ...], *steps: Step, beside: Mapping[str, Any] | None = None
) -> Versioned:
    """Bodies ``{key: {...}}``, or of actions (``key`` empty) the content itself; ``beside`` are other keys that the body may have."""
    table: dict[str, Mapping[str, Any]] = {}
    properties, needed, since = dict(first), required, 1
    for step in (*steps, Step(0)):
        content = closed(properties, *needed)
        last = f"2.{step.minor - 1}" if step.minor else ""
        table[f"2.{since}-{last}"] = closed({key: content, **(beside or {})}, key) if key else content
        properties = {name: value for name, value in {**properties, **step.added}.items() if name not in step.gone}
        needed, since = (*needed, *step.required), step.minor
    return Versioned(table)
