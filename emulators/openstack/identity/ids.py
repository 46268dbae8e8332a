"""Ids as Keystone has them."""

from __future__ import annotations

from emulators.world.decide import Decision


def new_id(decision: Decision) -> str:
    """A fresh UUID without dashes."""
    return decision.new_uuid().replace("-", "")
