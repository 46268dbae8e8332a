"""Projects that requests of Nova name by id."""

from __future__ import annotations

from emulators.openstack.faults import Fault
from emulators.world.model import Project
from emulators.world.state import WorldState


def require_project(state: WorldState, project: str) -> None:
    """Raise Fault 400 unless there is such a project."""
    if state.maybe(Project, project) is None:
        raise Fault(400, f"Project ID {project} is not a valid project.")
