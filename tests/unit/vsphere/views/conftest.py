"""Scenes for the tests of views."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.vsphere.views.scene import Scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A world that nobody changes, for all tests of a module."""
    made = Scene(tmp_path_factory.mktemp("scene"))
    yield made
    made.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Scene]:
    """A world of its own for a test that changes it."""
    made = Scene(tmp_path, hosts=6, vms=8)
    yield made
    made.close()
