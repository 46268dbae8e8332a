"""Reading the Engine API's answers about containers (pure)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from emulators.machines.docker import naming
from emulators.machines.docker.config import CPU_PERIOD_US
from emulators.machines.port import MachineSpec, MachineState, Observed, ObservedNic

BACKEND = "docker"
NO_NETWORK = "none"
"""The network of a container without cards; the engine refuses to connect such a one to any other."""

STATES = {
    "created": MachineState.CREATED,
    "running": MachineState.RUNNING,
    "restarting": MachineState.RUNNING,
    "paused": MachineState.PAUSED,
    "exited": MachineState.STOPPED,
    "dead": MachineState.STOPPED,
    "removing": MachineState.ABSENT,
}

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # Docker says the year 1 for "not yet"


class EndpointInfo(msgspec.Struct, frozen=True):
    """A container's attachment to one network."""

    MacAddress: str = ""
    IPAddress: str = ""
    Gateway: str = ""
    IPAMConfig: dict[str, Any] | None = None
    DriverOpts: dict[str, str] | None = None


class StateInfo(msgspec.Struct, frozen=True):
    """The ``State`` of an inspected container."""

    Status: str
    StartedAt: datetime
    ExitCode: int = 0
    OOMKilled: bool = False
    Pid: int = 0


class ConfigInfo(msgspec.Struct, frozen=True):
    """The ``Config`` of an inspected container."""

    Image: str = ""
    Labels: dict[str, str] | None = None


class HostInfo(msgspec.Struct, frozen=True):
    """The ``HostConfig`` of an inspected container; sizes in bytes, times in microseconds."""

    Memory: int = 0
    CpuPeriod: int = 0
    CpuQuota: int = 0


class NetworkInfo(msgspec.Struct, frozen=True):
    """The ``NetworkSettings`` of an inspected container."""

    Networks: dict[str, EndpointInfo] | None = None
    SandboxKey: str = ""


class ContainerInfo(msgspec.Struct, frozen=True):
    """What dc-sim reads of ``GET /containers/{id}/json``."""

    Id: str
    Name: str
    State: StateInfo
    Config: ConfigInfo
    HostConfig: HostInfo
    NetworkSettings: NetworkInfo

    @property
    def labels(self) -> dict[str, str]:
        """The container's labels."""
        return self.Config.Labels or {}

    @property
    def endpoints(self) -> dict[str, EndpointInfo]:
        """Its attachments by Docker network name, but the stand-in for having none."""
        return {name: info for name, info in (self.NetworkSettings.Networks or {}).items() if name != NO_NETWORK}

    @property
    def has_stand_in(self) -> bool:
        """Is it attached to what stands for having no network?"""
        return NO_NETWORK in (self.NetworkSettings.Networks or {})


def decode_container(body: bytes) -> ContainerInfo:
    """Parse an inspect answer."""
    return msgspec.json.decode(body, type=ContainerInfo)


def spec_of(labels: dict[str, str]) -> MachineSpec | None:
    """The specification that a container was created with, from its label."""
    text = labels.get(naming.SPEC)
    return msgspec.json.decode(text, type=MachineSpec) if text else None


def observed(info: ContainerInfo) -> Observed:
    """A container in the port's words."""
    spec = spec_of(info.labels)
    ran = info.State.StartedAt > _NEVER
    return Observed(
        id=info.labels.get(naming.VM, ""),
        state=STATES[info.State.Status],
        world=info.labels.get(naming.WORLD, ""),
        name=info.labels.get(naming.NAME, ""),
        image=spec.image if spec else info.Config.Image,
        nics=tuple(observed_nic(name, endpoint) for name, endpoint in info.endpoints.items()),
        started_at=info.State.StartedAt if ran else None,
        exit_code=info.State.ExitCode if ran and info.State.Status in {"exited", "dead"} else None,
        oom_killed=info.State.OOMKilled,
        cpus=info.HostConfig.CpuQuota // (info.HostConfig.CpuPeriod or CPU_PERIOD_US),
        memory_bytes=info.HostConfig.Memory,
        labels=spec.labels if spec else {},
        backend=BACKEND,
        handle=info.Name.removeprefix("/"),
    )


def observed_nic(network: str, endpoint: EndpointInfo) -> ObservedNic:
    """One card; the MAC asked for is what the guest has (see nics.py), the address is the engine's while running, else the fixed one."""
    options = endpoint.DriverOpts or {}
    return ObservedNic(
        network=options.get(naming.NETWORK, network),
        mac=options.get(naming.MAC) or endpoint.MacAddress,
        ip=options.get(naming.ADDRESS, "").partition("/")[0]
        or endpoint.IPAddress
        or (endpoint.IPAMConfig or {}).get("IPv4Address")
        or None,
    )


def created(spec: MachineSpec, handle: str) -> Observed:
    """What a container just created from ``spec`` looks like, without asking."""
    return Observed(
        id=spec.id,
        state=MachineState.CREATED,
        world=spec.world,
        name=spec.name,
        image=spec.image,
        nics=tuple(ObservedNic(network=nic.network, mac=nic.mac, ip=nic.ip) for nic in spec.nics),
        cpus=spec.cpus,
        memory_bytes=spec.memory_bytes,
        labels=spec.labels,
        backend=BACKEND,
        handle=handle,
    )
