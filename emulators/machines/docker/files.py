"""Files in and out of a guest, running or not, as one-member tar archives."""

from __future__ import annotations

import io
import tarfile
from pathlib import PurePosixPath

from dcsim.errors import MachineError
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.registry import Registry
from emulators.machines.port import MAX_FILE_BYTES

NOT_FOUND = 404
TAR_OVERHEAD = 64 * 1024


class Files:
    """The archive calls of one world's containers."""

    def __init__(self, engine: EngineClient, registry: Registry) -> None:
        self._engine = engine
        self._registry = registry

    async def put(self, machine_id: str, path: str, data: bytes, mode: int) -> None:
        """Write one file, owned by root."""
        target = absolute(path)
        if len(data) > MAX_FILE_BYTES:
            raise MachineError(f"{path} has {len(data)} bytes; at most {MAX_FILE_BYTES} can be moved at once.")
        entry = await self._registry.get(machine_id)
        params = {"path": str(target.parent)}
        archive = f"containers/{entry.container}/archive"
        await self._engine.work("PUT", archive, doing=f"write {path} in {machine_id}", params=params, body=pack(target.name, data, mode))

    async def get(self, machine_id: str, path: str) -> bytes:
        """Read one regular file."""
        target = absolute(path)
        entry = await self._registry.get(machine_id)
        archive, doing = f"containers/{entry.container}/archive", f"read {path} in {machine_id}"
        async with self._engine.stream(archive, doing=doing, params={"path": str(target)}) as stream:
            packed = bytearray()
            async for chunk in stream.iter_chunked(1 << 18):
                packed += chunk
                if len(packed) > MAX_FILE_BYTES + TAR_OVERHEAD:
                    raise MachineError(f"{path} in {machine_id} is larger than {MAX_FILE_BYTES} bytes; move it in parts.")
        return unpack(bytes(packed), path)


def absolute(path: str) -> PurePosixPath:
    """A guest path that names a file. Raises MachineError for a relative one or a directory's."""
    target = PurePosixPath(path)
    if not target.is_absolute() or not target.name or ".." in target.parts:
        raise MachineError(f"{path!r} is not an absolute path of a file in the guest.")
    return target


def pack(name: str, data: bytes, mode: int) -> bytes:
    """A tar archive of one regular file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(data), mode
        archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def unpack(packed: bytes, path: str) -> bytes:
    """The data of the archive's only regular file. Raises MachineError when it holds anything else."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        member = archive.next()
        stream = archive.extractfile(member) if member is not None and member.isreg() else None
        if stream is None:
            raise MachineError(f"{path} is not a regular file; name a file, not a directory or a link.")
        return stream.read()
