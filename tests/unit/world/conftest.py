"""What tests of the world share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.world.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A world where everything happens at once."""
    made = Lab(tmp_path)
    yield made
    made.close()


@pytest.fixture
def slow_lab(tmp_path: Path) -> Iterator[Lab]:
    """A world where things take the time that they take in a real datacenter."""
    made = Lab(tmp_path / "slow", timing="realistic")
    yield made
    made.close()
