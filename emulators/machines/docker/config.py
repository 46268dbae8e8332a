"""What a machine's specification means in the Engine API's words (pure)."""

from __future__ import annotations

from typing import Any

import msgspec

from emulators.machines.docker import naming
from emulators.machines.docker.client import MAC_PER_ENDPOINT, ApiVersion
from emulators.machines.port import DiskSpec, MachineSpec, NicSpec

INTERFACE_NAME = "com.docker.network.endpoint.ifname"
CPU_PERIOD_US = 100_000
PIDS_LIMIT = 1024
OOM_SCORE_ADJ = 500  # under memory pressure the host should lose a guest before anything else

GUEST_CAPABILITIES = (
    "AUDIT_WRITE",  # sshd's login records
    "CHOWN",  # dpkg unpacks with owners
    "DAC_OVERRIDE",  # root in the guest reads what its users own
    "FOWNER",  # dpkg sets modes and times of others' files
    "FSETID",  # dpkg keeps set-id bits
    "KILL",  # root in the guest stops its users' programs
    "NET_BIND_SERVICE",  # sshd, web servers
    "NET_RAW",  # ping
    "SETGID",  # sshd and apt drop to other users
    "SETUID",
    "SYS_CHROOT",  # sshd's privilege separation
)

Json = dict[str, Any]


def container_config(spec: MachineSpec, *, image: str, networks: dict[str, str], api: ApiVersion, inside: str = "") -> Json:
    """The body of ``POST /containers/create``: ``networks`` maps the uid of the first card's network to its Docker name.

    ``inside`` is the first card's address with its prefix, when it is set in the container (`endpoint_config`).
    """
    first = spec.nics[0] if spec.nics else None
    network = networks[first.network] if first else "none"
    config: Json = {
        "Image": image,
        "Hostname": spec.hostname or naming.safe(spec.name),
        "Env": [f"{key}={value}" for key, value in spec.env.items()],
        "Labels": labels(spec),
        "HostConfig": host_config(spec, network),
    }
    if spec.command is not None:
        config["Cmd"] = list(spec.command)
    if first is not None:
        config["NetworkingConfig"] = {"EndpointsConfig": {network: endpoint_config(spec, first, inside)}}
        if first.mac and api < MAC_PER_ENDPOINT:
            config["MacAddress"] = first.mac
    return config


def labels(spec: MachineSpec) -> dict[str, str]:
    """The labels that make the container ours; the whole specification is one, so that adoption needs no other source."""
    return {
        naming.WORLD: spec.world,
        naming.VM: spec.id,
        naming.NAME: spec.name,
        naming.SPEC: msgspec.json.encode(spec).decode(),
    }


def host_config(spec: MachineSpec, network: str) -> Json:
    """Limits, mounts and the narrow set of privileges that an sshd and apt guest needs."""
    return {
        "NetworkMode": network,
        "Init": True,  # a guest whose first process ignores SIGTERM would wait out every stop
        **limits(spec.cpus, spec.memory_bytes),
        "PidsLimit": PIDS_LIMIT,
        "OomScoreAdj": OOM_SCORE_ADJ,
        "CapDrop": ["ALL"],
        "CapAdd": list(GUEST_CAPABILITIES),
        "SecurityOpt": [] if spec.allow_new_privileges else ["no-new-privileges"],
        "RestartPolicy": {"Name": "no"},
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "1"}},
        "Mounts": [mount(spec.world, disk) for disk in spec.disks],
    }


def limits(cpus: int, memory_bytes: int) -> Json:
    """CPU as a quota, which unlike ``NanoCpus`` may exceed the host's processors, as a VM's may; memory without swap."""
    return {
        "CpuPeriod": CPU_PERIOD_US,
        "CpuQuota": cpus * CPU_PERIOD_US,
        "Memory": memory_bytes,
        "MemorySwap": memory_bytes,
    }


def mount(world: str, disk: DiskSpec) -> Json:
    """A disk's volume at its path, without copying what the image has there."""
    return {
        "Type": "volume",
        "Source": naming.volume_name(world, disk.volume),
        "Target": disk.path,
        "ReadOnly": disk.read_only,
        "VolumeOptions": {"NoCopy": True},
    }


def endpoint_config(spec: MachineSpec, nic: NicSpec, inside: str = "") -> Json:
    """One network card. The driver ignores our options; they bring network uid, MAC and address back on every inspect.

    ``inside`` is the card's address with its prefix, when the engine cannot give it: then it gives one of its own, and `Nics.settle`
    puts this in its place.

    Engines before 28 ignore the interface's name too and number several cards in any order: there only the MAC tells which is which.
    """
    options = {naming.NETWORK: nic.network, naming.MAC: nic.mac}
    if nic in spec.nics:
        options[INTERFACE_NAME] = f"eth{spec.nics.index(nic)}"
    config: Json = {"Aliases": [spec.hostname or naming.safe(spec.name)], "DriverOpts": options}
    if nic.mac:
        config["MacAddress"] = nic.mac
    if inside:
        options[naming.ADDRESS] = inside
    elif nic.ip:
        config["IPAMConfig"] = {"IPv4Address": nic.ip}
    return config
