"""Running a program in a guest."""

from __future__ import annotations

import asyncio

from dcsim.errors import MachineError
from emulators.machines.docker import frames
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.registry import Registry
from emulators.machines.port import MAX_OUTPUT_BYTES, ExecResult


class Programs:
    """Exec in the containers of one world."""

    def __init__(self, engine: EngineClient, registry: Registry) -> None:
        self._engine = engine
        self._registry = registry

    async def run(self, machine_id: str, argv: tuple[str, ...], timeout_seconds: float, user: str, stdin: bytes) -> ExecResult:
        """Run and wait. Raises MachineError when the guest doesn't run or the deadline passes (the program then goes on in the guest)."""
        entry = await self._registry.get(machine_id)
        doing = f"run {argv[0]} in {machine_id}"
        body = {"AttachStdin": bool(stdin), "AttachStdout": True, "AttachStderr": True, "Tty": False, "Cmd": list(argv), "User": user}
        program = (await self._engine.work("POST", f"containers/{entry.container}/exec", doing=doing, body=body)).decode()["Id"]
        try:
            async with asyncio.timeout(timeout_seconds):
                outputs = await self._converse(program, stdin, doing)
        except TimeoutError as error:
            raise MachineError(
                f"{argv[0]} still runs in {machine_id} after {timeout_seconds:g} s; give it longer, or stop it in the guest."
            ) from error
        status = (await self._engine.get(f"exec/{program}/json", doing=doing)).decode()
        return ExecResult(
            exit_code=status["ExitCode"],
            stdout=bytes(outputs.kept[frames.STDOUT]),
            stderr=bytes(outputs.kept[frames.STDERR]),
            truncated=outputs.truncated,
        )

    async def _converse(self, program: str, stdin: bytes, doing: str) -> _Outputs:
        outputs = _Outputs()
        pipe = self._engine.hijack(f"exec/{program}/start", {"Detach": False, "Tty": False}, doing=doing)
        async with pipe as (reader, writer), asyncio.TaskGroup() as tasks:
            feeding = tasks.create_task(_feed(writer, stdin)) if stdin else None
            async for stream, data in frames.read(reader):
                outputs.add(stream, data)
            if feeding is not None:
                feeding.cancel()  # the program ended without reading all of it
        return outputs


class _Outputs:
    """What was read so far, each stream up to its cap."""

    def __init__(self) -> None:
        self.kept = {frames.STDOUT: bytearray(), frames.STDERR: bytearray()}
        self.truncated = False

    def add(self, stream: int, data: bytes) -> None:
        kept = self.kept[stream]
        room = MAX_OUTPUT_BYTES - len(kept)
        kept += data[:room]
        self.truncated = self.truncated or len(data) > room


async def _feed(writer: asyncio.StreamWriter, stdin: bytes) -> None:
    """Write standard input and close it; a program that ended without reading it all is fine."""
    try:
        writer.write(stdin)
        await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (BrokenPipeError, ConnectionResetError):
        return
