"""The three states that a CI can be in, and what a CI says of itself."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Final

from cmdb.model import Ci, class_of


class State(IntEnum):
    """How well something works; the greater, the worse."""

    UP = 0
    DEGRADED = 1
    DOWN = 2

    @property
    def word(self) -> str:
        """For the API and for people."""
        return self.name.lower()


OBSERVED: Final = frozenset({"VirtualMachine", "Hypervisor", "Datastore"})
"""Classes whose own attributes tell already what has become of them by what they need: nobody must look below to know."""
FLAGS: Final = ("operable", "present", "energised", "accessible", "running")
"""Attributes that say, when they are false, that the thing does not work."""


def own_state(ci: Ci) -> State:
    """What its own attributes say; what is unknown counts as working."""
    known = ci.attributes
    if known.get("operational_state") == "failed" or any(known.get(flag) is False for flag in FLAGS):
        return State.DOWN
    if ci.cls == "VirtualMachine" and known.get("power", "on") != "on":
        return State.DOWN
    if known.get("power") == "off" and "Server" in labels_of(ci.cls):
        return State.DOWN
    return State.UP


@cache
def labels_of(cls: str) -> frozenset[str]:
    """The class and all above it."""
    return frozenset(class_of(cls).labels)


def is_observed(ci: Ci) -> bool:
    """Whether its own state includes what it needs."""
    return ci.cls in OBSERVED
