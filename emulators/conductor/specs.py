"""What the machine backend is asked for: a VM, its disks and its ports as a machine specification."""

from __future__ import annotations

from collections.abc import Iterable

from emulators.machines.images.names import TINY
from emulators.machines.mixed import BACKEND_LABEL
from emulators.machines.policy import TAG_PREFIX
from emulators.machines.port import DiskSpec, MachineSpec, MachineState, NetworkSpec, NicSpec, Observed, VolumeSpec
from emulators.world.commands import Effect
from emulators.world.decisions.networks import EXTERNAL, TENANTS
from emulators.world.model import Disk, Image, Network, Port, Power, Vm
from emulators.world.state import WorldState

CONTAINER_KEY = "RUN.container"
"""Extra configuration that names the container image to run, as vcsim has it."""
HOSTNAME_KEY = "guest.hostname"
"""Extra configuration with the guest's host name, where that is not the VM's name."""
DISKS_LABEL = "dcsim.disks"

STATE_OF = {Power.ON: MachineState.RUNNING, Power.OFF: MachineState.STOPPED, Power.SUSPENDED: MachineState.PAUSED}
POWER_OF = {
    MachineState.RUNNING: Power.ON,
    MachineState.PAUSED: Power.SUSPENDED,
    MachineState.STOPPED: Power.OFF,
    MachineState.CREATED: Power.OFF,
    MachineState.ABSENT: Power.OFF,
}


def machine_spec(state: WorldState, vm: Vm, world: str) -> MachineSpec:
    """The machine of a VM as the world has it now; ``world`` is the world's uid.  The first disk is the guest's root file system."""
    return spec_of(state, vm, state.where(Disk, "vm", vm.uid), state.where(Port, "vm", vm.uid), world)


def spec_of(state: WorldState, vm: Vm, disks: list[Disk], ports: list[Port], world: str) -> MachineSpec:
    """The machine of a VM with other disks and ports than it has now, as a snapshot or a clone may want."""
    data = data_disks(disks)
    labels = _tag_labels(vm.tags) | {DISKS_LABEL: ",".join(disk.uid for disk in data)}
    if vm.machine:
        labels[BACKEND_LABEL] = vm.machine
    return MachineSpec(
        id=vm.uid,
        name=vm.name,
        image=image_of(state, vm),
        cpus=vm.cpus,
        memory_bytes=vm.memory_bytes,
        world=world,
        hostname=vm.extra_config.get(HOSTNAME_KEY, vm.name),
        nics=_cards(state, ports),
        disks=tuple(_disk(disk) for disk in data),
        labels=labels,
        uuid=vm.uuid,
    )


def data_disks(disks: Iterable[Disk]) -> list[Disk]:
    """All disks but the first, which is the guest's root file system: those that have a volume."""
    return sorted(disks, key=lambda disk: disk.key)[1:]


def _cards(state: WorldState, ports: Iterable[Port]) -> tuple[NicSpec, ...]:
    """Cards for the ports that are plugged in and reached by their segment; a container has one a segment, none without addresses."""
    cards: dict[str, NicSpec] = {}
    for port in ports:
        network = state.maybe(Network, port.network)
        if port.connected and port.start_connected and not port.isolated and network is not None and _carries(network):
            cards.setdefault(network.uid, nic_of(port))
    return tuple(cards.values())


def _carries(network: Network) -> bool:
    """Whether a machine can be on a segment at all; a tenant's that is taken down lets go of its machines."""
    return bool(network.cidr) and not (network.partitioned and network.type in TENANTS)


def _tag_labels(tags: Iterable[str]) -> dict[str, str]:
    """Tags as labels: ``app:shop`` is the label ``tag.app`` with the value ``shop``, ``gold`` one without a value."""
    pairs = (tag.partition(":") for tag in tags)
    return {f"{TAG_PREFIX}{name}": value for name, _, value in pairs}


def image_of(state: WorldState, vm: Vm) -> str:
    """The guest image of a VM."""
    named = vm.extra_config.get(CONTAINER_KEY)
    if named:
        return named
    image = state.maybe(Image, vm.image)
    return image.ref if image else TINY


def nic_of(port: Port) -> NicSpec:
    """A port as the machine's network card."""
    return NicSpec(network=port.network, mac=port.mac, ip=port.ip or None)


def _disk(disk: Disk) -> DiskSpec:
    independent = disk.mode.startswith("independent")
    return DiskSpec(volume=disk.uid, path=f"/disks/{disk.controller}-{disk.unit}", size_bytes=disk.capacity_bytes, independent=independent)


def volume_spec(disk: DiskSpec, world: str) -> VolumeSpec:
    """A data disk as the backend's volume."""
    return VolumeSpec(id=disk.volume, name=disk.volume, size_bytes=disk.size_bytes, world=world)


def network_spec(network: Network, world: str) -> NetworkSpec:
    """A segment as the backend's network."""
    return NetworkSpec(
        id=network.uid,
        name=network.name,
        cidr=network.cidr,
        world=world,
        gateway=network.gateway or None,
        mtu=network.mtu,
        tenant=network.type in TENANTS,
        reached=network.type == EXTERNAL,
    )


def effect_of(observed: Observed, vm: Vm) -> Effect:
    """What a started machine reports, as the world takes it."""
    addresses: dict[str, tuple[str, ...]] = {nic.mac: (nic.ip,) for nic in observed.nics if nic.ip}
    return Effect(machine=observed.backend, hostname=vm.name, addresses=addresses, started=observed.started_at)
