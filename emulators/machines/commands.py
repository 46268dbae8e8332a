"""Running this machine's tools (apt-get, debootstrap, ip, iptables) without blocking."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from dcsim.errors import MachineError

COMMAND_SECONDS = 1800.0
TAIL_LINES = 5


async def run(
    *argv: str,
    stdin: bytes | None = None,
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
    deadline: float = COMMAND_SECONDS,
) -> bytes:
    """Run a program to its end, given ``stdin`` to read (None: nothing), and answer what it printed.

    Raises MachineError with its last lines when it fails, or at the deadline (seconds).
    """
    pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    source = null if stdin is None else pipe
    try:
        process = await asyncio.create_subprocess_exec(*argv, stdin=source, stdout=pipe, stderr=pipe, cwd=cwd, env=env)
    except OSError as error:
        raise MachineError(f"{argv[0]} can't be run: {error.strerror}.") from error
    try:
        async with asyncio.timeout(deadline):
            output, errors = await process.communicate(stdin)
    except BaseException as error:
        process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            raise MachineError(f"{argv[0]} was still running after {deadline:g} s and was ended.") from error
        raise
    if process.returncode:
        tail = " / ".join((errors or output).decode(errors="replace").strip().splitlines()[-TAIL_LINES:])
        raise MachineError(f"{' '.join(argv[:2])} failed: {tail or f'status {process.returncode}'}")
    return output
