"""``systemResources``: how the hypervisor shares the host between its own parts."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.views.constructors import MIB
from emulators.vsphere.views.host_system.facts import Facts
from emulators.world.capacity import blade_memory_bytes

_TREE: Final = (
    ("host/system", 230, 2660, 500),
    ("host/system/kernel", 0, 0, 1000),
    ("host/system/drivers", 0, 0, 1000),
    ("host/system/vmotion", 0, 0, 1000),
    ("host/vim", 2374, 0, 500),
    ("host/vim/vmvisor", 698, 0, 1000),
    ("host/vim/vmvisor/hostd", 69, 0, 1000),
    ("host/vim/vmvisor/vpxa", 69, 0, 1000),
    ("host/vim/vimuser", 0, 0, 250),
    ("host/iofilters", 0, 0, 1000),
    ("host/user", 0, 0, 9000),
)
"""Path, CPU reservation in MHz, memory reservation in MiB, CPU shares."""


def system_resources(found: Facts) -> vim.host.SystemResourceInfo:
    """The tree of the host's resource groups, VMs under ``host/user``."""
    mhz, memory = found.blade.cpu.cores * found.blade.cpu.mhz, blade_memory_bytes(found.blade) // MIB
    root = vim.host.SystemResourceInfo(
        key="host",
        config=vim.ResourceConfigSpec(cpuAllocation=_all_of(mhz, 4_096_000), memoryAllocation=_all_of(memory, -1)),
    )
    made: dict[str, Any] = {"host": root}
    for path, cpu, reserved, shares in _TREE:
        node = made[path] = vim.host.SystemResourceInfo(
            key=path,
            config=vim.ResourceConfigSpec(cpuAllocation=_part(cpu, shares), memoryAllocation=_part(reserved, shares)),
        )
        made[path.rpartition("/")[0]].child.append(node)
    return root


def _all_of(amount: int, shares: int) -> Any:
    return vim.ResourceAllocationInfo(
        reservation=amount,
        expandableReservation=False,
        limit=amount,
        shares=vim.SharesInfo(shares=shares, level="custom"),
        overheadLimit=0,
    )


def _part(reservation: int, shares: int) -> Any:
    return vim.ResourceAllocationInfo(
        reservation=reservation,
        expandableReservation=True,
        limit=-1,
        shares=vim.SharesInfo(shares=shares, level="custom"),
        overheadLimit=-1,
    )
