"""Let assertions in what these tests share say what they compared."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.faults.siege", "tests.faults.load", "tests.faults.foreground", "tests.faults.refused")
