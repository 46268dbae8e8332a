"""What the other services may ask of Nova."""

from __future__ import annotations

from emulators.openstack.compute import aggregates, quotas, usage
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.records import BlockDevice, NovaServer
from emulators.world.model import Hypervisor
from emulators.world.state import WorldState


def server(state: WorldState, uid: str) -> NovaServer | None:
    """The server of that id, deleted ones not included."""
    return state.maybe(NovaServer, uid)


def server_of_vm(state: WorldState, vm: str) -> NovaServer | None:
    """The server whose VM that is."""
    return state.one(NovaServer, "vm", vm)


def host_name(hypervisor: Hypervisor) -> str:
    """The name of a compute host, which is its hypervisor's, too."""
    return hypervisor.name


def zone_of(state: WorldState, host: str) -> str:
    """The availability zone of a hypervisor (its uid)."""
    return aggregates.zone_of(state, host)


def status(server: NovaServer) -> str:
    """What users call its state: ACTIVE, SHUTOFF, ..."""
    return states.status_of(server)


def limits(state: WorldState, project: str) -> dict[str, tuple[int, int]]:
    """What a project uses and may use (-1: any) of ``instances``, ``cores`` and ``ram`` (MiB)."""
    used, most = usage.used_by(state, project), quotas.limits_of(state, project)
    return {name: (used[name], most[name]) for name in ("instances", "cores", "ram")}


def uses_attachment(state: WorldState, server: str, volume: str, attachment: str) -> bool:
    """Whether a server has a volume by that attachment of Cinder's."""
    return any(one.volume == volume and one.attachment == attachment for one in state.where(BlockDevice, "server", server))
