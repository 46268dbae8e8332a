"""Hypervisors as answers show them: figures from the blade and the servers, state from the world's laws."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from emulators.openstack.call import Call
from emulators.openstack.compute import resources
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.services import Standing, compute_service
from emulators.world.identity import host_identity
from emulators.world.model import CpuSpec, Hypervisor, Power, Server, Vm
from emulators.world.state import WorldState

_FEATURES: Final = (
    "aes",
    "avx",
    "avx2",
    "avx512f",
    "clflush",
    "mmx",
    "pae",
    "pge",
    "rdrand",
    "sse",
    "sse2",
    "ssse3",
    "sse4.1",
    "sse4.2",
    "vmx",
)
_MODEL: Final = "Cascadelake-Server"


def uuid_of(state: WorldState, host: Hypervisor) -> str:
    """The id of a hypervisor from 2.53 on, and of its resource provider: the system UUID of its blade's profile."""
    return host_identity(state, host).uuid


def brief(call: Call, host: Hypervisor, service: Standing | None = None) -> dict[str, Any]:
    """A hypervisor in a short list."""
    service = service or compute_service(call.state, host)
    return {
        "id": uuid_of(call.state, host) if call.since("2.53") else host.number,
        "hypervisor_hostname": host.name,
        "state": "up" if service.up else "down",
        "status": "disabled" if service.disabled else "enabled",
    }


def detailed(call: Call, host: Hypervisor) -> dict[str, Any]:
    """A hypervisor with its service and, until 2.87, its figures."""
    service = compute_service(call.state, host)
    shown = {
        **brief(call, host, service),
        "hypervisor_type": "QEMU",
        "hypervisor_version": _version(host.release),
        "host_ip": host.management_ip,
        "service": {
            "id": service.uuid if call.since("2.53") else service.number,
            "host": host.name,
            "disabled_reason": service.disabled_reason,
        },
    }
    if call.since("2.88"):
        return shown | {"uptime": uptime(call, host) if service.up else None}
    cpu = _cpu(call.state.get(Server, host.blade).cpu)
    return shown | figures(call.state, host) | {"cpu_info": cpu if call.since("2.28") else msgspec.json.encode(cpu).decode()}


def figures(state: WorldState, host: Hypervisor) -> dict[str, int]:
    """What a host has, what its servers were given, and what is left; memory in MiB, disk in GiB."""
    has, taken = resources.total(state, host), resources.used(state, host.uid)
    ram = taken.ram + resources.RESERVED_MEMORY
    servers = state.where(NovaServer, "host", host.uid)
    return {
        "vcpus": has.vcpus,
        "memory_mb": has.ram,
        "local_gb": has.disk,
        "vcpus_used": taken.vcpus,
        "memory_mb_used": ram,
        "local_gb_used": taken.disk,
        "free_ram_mb": has.ram - ram,
        "free_disk_gb": has.disk - taken.disk,
        "current_workload": sum(bool(server.task_state) for server in servers),
        "running_vms": sum(vm.power is not Power.OFF for vm in state.where(Vm, "host", host.uid)),
        "disk_available_least": has.disk - taken.disk,
    }


def servers_on(state: WorldState, host: Hypervisor) -> list[dict[str, str]]:
    """The servers of a host, by name and id."""
    return [{"name": server.name, "uuid": server.uid} for server in state.where(NovaServer, "host", host.uid)]


def uptime(call: Call, host: Hypervisor) -> str:
    """What ``uptime`` prints on the host."""
    now: datetime = call.cloud.now()
    up = now - (host.booted or now)
    hours, minutes = divmod(int(up / timedelta(minutes=1)) % (24 * 60), 60)
    load = len(servers_on(call.state, host)) * 0.05
    return f" {now:%H:%M:%S} up {up.days} days, {hours:2}:{minutes:02},  0 users,  load average: {load:.2f}, {load:.2f}, {load:.2f}"


def _version(release: str) -> int:
    """``QEMU 8.2.2`` as 8002002."""
    numbers = [int(part) for part in re.findall(r"\d+", release)[:3]]
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    return major * 1_000_000 + minor * 1_000 + patch


def _cpu(cpu: CpuSpec) -> dict[str, Any]:
    topology = {"cells": 1, "sockets": cpu.sockets, "cores": cpu.cores_per_socket, "threads": cpu.threads_per_core}
    return {"arch": "x86_64", "model": _MODEL, "vendor": cpu.vendor.capitalize(), "topology": topology, "features": list(_FEATURES)}
