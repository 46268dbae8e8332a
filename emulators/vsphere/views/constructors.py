"""Small constructors of data objects that many views share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, TypeVar

from pyVmomi import vim, vmodl

from emulators.vsphere.soap import metadata
from emulators.world.model import Allocation, World
from emulators.world.state import WorldState

MIB: Final = 1 << 20
GIB: Final = 1 << 30
KIB: Final = 1 << 10
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_VM_SHARES: Final = {"low": 500, "normal": 1000, "high": 2000}
"""Shares of a vCPU by level; a VM's memory has a hundredth of it per 10 MiB (5, 10 or 20 per MiB)."""
_POOL_CPU_SHARES: Final = {"low": 2000, "normal": 4000, "high": 8000}
_POOL_MEMORY_SHARES: Final = {"low": 81920, "normal": 163840, "high": 327680}


T = TypeVar("T")


def like(prototype: T, **fields: Any) -> T:
    """A data object like another, with some fields of its own; several times as fast as making one with all its constant fields.

    Fields that hold lists or data objects are shared with the prototype, so nobody may change them.
    """
    made: T = object.__new__(type(prototype))
    vars(made).update(vars(prototype))
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def words(text: str) -> tuple[str, ...]:
    """The words of a table that is written as text."""
    return tuple(text.split())


def seed_of(state: WorldState) -> int:
    """The world's seed."""
    worlds = state.all(World)
    return worlds[0].seed if worlds else 0


@lru_cache(maxsize=4096)
def description(label: str, summary: str | None = None) -> vim.Description:
    """A label with its summary (the label itself unless given); shared, so nobody may change it."""
    return vim.Description(label=label, summary=label if summary is None else summary)


def element(key: str, label: str, summary: str | None = None) -> vim.ElementDescription:
    """A keyed label with its summary (the label itself unless given)."""
    return vim.ElementDescription(key=key, label=label, summary=label if summary is None else summary)


def type_description(key: str, label: str, summary: str | None = None) -> vim.TypeDescription:
    """The label of a data type, by its wire name, with its summary (the label itself unless given)."""
    return vim.TypeDescription(key=metadata.data_type(key), label=label, summary=label if summary is None else summary)


def options(values: Mapping[str, str]) -> list[vim.option.OptionValue]:
    """Option values of text; shared, so nobody may change them."""
    return [_option(key, value) for key, value in values.items()]


@lru_cache(maxsize=8192)
def _option(key: str, value: str) -> vim.option.OptionValue:
    return vim.option.OptionValue(key=key, value=value)


@lru_cache(maxsize=1024)
def shares(count: int, level: str) -> vim.SharesInfo:
    """Shares of a level; shared, so nobody may change them."""
    return vim.SharesInfo(shares=count, level=level)


def message(key: str, text: str) -> vmodl.LocalizableMessage:
    """A message with its key."""
    return vmodl.LocalizableMessage(key=key, message=text)


def timestamp(moment: datetime) -> str:
    """A time as vCenter writes it inside strings, such as ``config.changeVersion``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def vm_cpu_allocation(allocation: Allocation, cpus: int) -> vim.ResourceAllocationInfo:
    """CPU of a VM in MHz."""
    return _allocation(allocation, _VM_SHARES.get(allocation.level, 0) * cpus)


def vm_memory_allocation(allocation: Allocation, memory_bytes: int) -> vim.ResourceAllocationInfo:
    """Memory of a VM in MiB."""
    return _allocation(allocation, _VM_SHARES.get(allocation.level, 0) * (memory_bytes // MIB) // 100)


def pool_cpu_allocation(allocation: Allocation) -> vim.ResourceAllocationInfo:
    """CPU of a resource pool in MHz."""
    return _allocation(allocation, _POOL_CPU_SHARES.get(allocation.level, 0))


def pool_memory_allocation(allocation: Allocation) -> vim.ResourceAllocationInfo:
    """Memory of a resource pool in MiB."""
    return _allocation(allocation, _POOL_MEMORY_SHARES.get(allocation.level, 0))


@lru_cache(maxsize=1024)
def _allocation(allocation: Allocation, level_shares: int) -> vim.ResourceAllocationInfo:
    count = allocation.shares if allocation.level == "custom" else level_shares
    return vim.ResourceAllocationInfo(
        reservation=allocation.reservation,
        limit=allocation.limit,
        expandableReservation=allocation.expandable,
        shares=shares(count, allocation.level),
    )


def host_seconds(moment: datetime | None, now: datetime) -> int:
    """Whole seconds since a moment; 0 for one that is unset or to come."""
    return max(int((now - moment).total_seconds()), 0) if moment is not None else 0


def worst(statuses: Iterable[str]) -> str:
    """The worst of statuses: red, yellow, green, and gray when there is none."""
    return max(statuses, key=("gray", "green", "yellow", "red").index, default="gray")
