"""The order of creation holds whatever is taken back, so that a restart from the journal finds the same."""

from __future__ import annotations

from datetime import UTC, datetime

from emulators.world.events import Deleted
from emulators.world.model import Project
from emulators.world.state import WorldState

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_deletion_taken_back_leaves_the_order_of_creation() -> None:
    state = WorldState()
    projects = [Project(uid=f"project-{n}", number=n, name=str(n), created=NOW) for n in range(1, 5)]
    for project in projects:
        state.load(project)
    gone = Deleted(projects[1])
    state.apply(gone)
    assert state.all(Project) == [projects[0], *projects[2:]]
    state.undo(gone)
    assert state.all(Project) == projects
    assert list(state) == projects
