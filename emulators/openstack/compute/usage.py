"""What projects use: counted from their servers."""

from __future__ import annotations

from emulators.openstack.compute.servers.records import NovaServer
from emulators.world.state import WorldState


def used_by(state: WorldState, project: str) -> dict[str, int]:
    """``instances``, ``cores`` and ``ram`` (MiB) of a project's servers, whatever state they are in."""
    flavors = [server.flavor for server in state.where(NovaServer, "project", project)]
    return {"instances": len(flavors), "cores": sum(one.vcpus for one in flavors), "ram": sum(one.ram for one in flavors)}
