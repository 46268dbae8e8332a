"""Tables for people, on a terminal."""

from __future__ import annotations

import io

import pytest

from dcsim.cli import output


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_narrow_terminal_gets_every_character(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that is cut off is a wrong password."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    row = ["vsphere", "https://127.0.0.1:8989/sdk", "administrator@vsphere.local", "0_lcU6w85KnHsaLH-aA1"]
    output.print_table(["ENDPOINT", "URL", "USER", "PASSWORD"], [row])
    assert terminal.getvalue().splitlines()[-1].split() == row
