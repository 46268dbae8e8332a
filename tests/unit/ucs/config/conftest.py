"""What tests of configuration share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.ucs.config.lab import UcsLab


@pytest.fixture
def ucs(tmp_path: Path) -> Iterator[UcsLab]:
    """A domain where everything happens at once."""
    made = UcsLab(tmp_path)
    yield made
    made.close()


@pytest.fixture
def slow_ucs(tmp_path: Path) -> Iterator[UcsLab]:
    """A domain where things take the time that they take in a real datacenter."""
    made = UcsLab(tmp_path, timing="realistic")
    yield made
    made.close()
