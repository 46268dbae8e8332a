"""Times as each service prints them; all are UTC."""

from __future__ import annotations

from datetime import datetime


def zulu(time: datetime) -> str:
    """``2026-01-02T03:04:05Z`` (Nova, Neutron, Glance)."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_zulu(time: datetime) -> str:
    """``2026-01-02T03:04:05.000000Z`` (Keystone)."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def micro(time: datetime) -> str:
    """``2026-01-02T03:04:05.000000`` (Cinder, and Nova's older extensions)."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f")
