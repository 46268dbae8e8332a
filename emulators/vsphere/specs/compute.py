"""Compute resources and their root pools."""

from __future__ import annotations

from emulators.world.model import Hypervisor, ResourcePool
from emulators.world.state import WorldState


def root_pool(state: WorldState, owner: str) -> ResourcePool | None:
    """The root pool of a cluster or of a host that stands alone."""
    return state.one(ResourcePool, "parent", owner)


def root_pool_of_host(state: WorldState, host: str) -> ResourcePool | None:
    """The root pool that a host's VMs are in by default: its cluster's, or its own."""
    entity = state.maybe(Hypervisor, host)
    return root_pool(state, entity.cluster or entity.uid) if entity is not None else None
