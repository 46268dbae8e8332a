"""The run's last lines count what was skipped, by reason."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

SUITE = """
import pytest

@pytest.mark.skip(reason="no wheels here")
def test_one() -> None: ...

def test_two() -> None:
    pytest.skip("no wheels here")

def test_three() -> None:
    pytest.skip("no road: see the map")

def test_four(vcsim) -> None: ...

def test_five() -> None: ...
"""


def test_skips_are_counted_by_reason(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    (tmp_path / "tests" / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True, timeout=60, check=False)
    lines = done.stdout.splitlines()
    assert "1 passed, 4 skipped" in lines[-1]
    assert lines[-4:-1] == [
        "    2  no wheels here",
        "    1  no road: see the map",
        "    1  no vcsim: scripts/build-tools builds it where Go is installed",
    ], done.stdout
