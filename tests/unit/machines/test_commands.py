"""Running this machine's tools."""

from __future__ import annotations

import pytest

from dcsim.errors import MachineError
from emulators.machines.commands import run


async def test_a_program_reads_what_it_is_given() -> None:
    assert await run("cat", stdin=b"rules\n", deadline=10) == b"rules\n"
    assert await run("cat", deadline=10) == b""


async def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(MachineError, match=r"sh -c failed: no such rule$"):
        await run("sh", "-c", "cat >&2; exit 2", stdin=b"no such rule", deadline=10)


async def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(MachineError, match=r"sleep was still running after 0\.1 s"):
        await run("sleep", "60", deadline=0.1)


async def test_a_program_that_does_not_exist_is_named() -> None:
    with pytest.raises(MachineError, match=r"no-such-tool can't be run"):
        await run("no-such-tool")
