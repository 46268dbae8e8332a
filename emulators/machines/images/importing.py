"""Bringing an image into an engine: a root file system as one layer, or a classic Dockerfile build."""

from __future__ import annotations

import io
import tarfile
from collections.abc import AsyncIterable
from importlib.resources import files
from pathlib import Path

import msgspec

from dcsim.errors import MachineError
from emulators.machines.docker.client import EngineClient

BUILD_SECONDS = 1800.0
NOT_FOUND = 404


async def exists(engine: EngineClient, image: str) -> bool:
    """Whether the engine has an image of that name."""
    reply = await engine.get(f"images/{image}/json", doing=f"find the image {image}", accept={NOT_FOUND})
    return reply.status != NOT_FOUND


async def import_rootfs(engine: EngineClient, image: str, archive: bytes | AsyncIterable[bytes], changes: list[str]) -> None:
    """Make an image of a tar of its whole file system; ``changes`` are Dockerfile lines (CMD, LABEL, ENV). Raises MachineError."""
    repository, _, tag = image.rpartition(":")
    params = {"fromSrc": "-", "repo": repository, "tag": tag, "changes": "\n".join(changes)}
    doing = f"import the image {image}"
    reply = await engine.work("POST", "images/create", doing=doing, params=params, body=archive, deadline=BUILD_SECONDS)
    _check(reply.body, doing)


async def build_dockerfile(engine: EngineClient, image: str, kind: str) -> None:
    """Build ``guest/<kind>/Dockerfile`` with the engine's own builder; its base image comes from a registry. Raises MachineError."""
    doing = f"build the image {image}"
    params = {"t": image, "rm": "1", "forcerm": "1"}
    reply = await engine.work("POST", "build", doing=doing, params=params, body=context(kind), deadline=BUILD_SECONDS)
    _check(reply.body, doing)


def guest_file(kind: str, name: str) -> bytes:
    """One of the files that guest images are made of."""
    return (files("emulators.machines.images") / "guest" / kind / name).read_bytes()


def tools(kind: str) -> dict[str, bytes]:
    """The small programs that a guest image has of its own, by name; most need none."""
    folder = files("emulators.machines.images") / "guest" / kind / "tools"
    return {entry.name: entry.read_bytes() for entry in sorted(folder.iterdir(), key=lambda one: one.name)} if folder.is_dir() else {}


def context(kind: str) -> bytes:
    """The build context of a guest image."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, mode in (("Dockerfile", 0o644), ("init.sh", 0o755)):
            add_file(archive, name, guest_file(kind, name), mode)
        for name, data in tools(kind).items():
            add_file(archive, f"tools/{name}", data, 0o755)
    return buffer.getvalue()


def add_file(archive: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    """A regular file of root's, with the epoch as its time, so that the same input gives the same archive."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), mode
    archive.addfile(member, io.BytesIO(data))


def add_directory(archive: tarfile.TarFile, name: str, mode: int = 0o755) -> None:
    """A directory of root's."""
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, mode
    archive.addfile(member)


def add_link(archive: tarfile.TarFile, name: str, target: str) -> None:
    """A symbolic link."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = tarfile.SYMTYPE, target, 0o777
    archive.addfile(member)


def normalise(member: tarfile.TarInfo, newest: int) -> tarfile.TarInfo:
    """A member of an archive made from disk, with nothing in it that changes from build to build."""
    member.mtime = min(int(member.mtime), newest)
    member.uname = member.gname = ""
    return member


def _check(body: bytes, doing: str) -> None:
    """The engine answers 200 at once and tells of a failure in the last line of its progress."""
    for line in body.splitlines():
        row = msgspec.json.decode(line) if line.strip() else {}
        if "error" in row:
            raise MachineError(f"The Docker engine could not {doing}: {str(row['error']).strip().rstrip('.')}.")


def image_script(kind: str, target: Path) -> None:
    """Write the guest's first program to where it belongs in a root file system on disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(guest_file(kind, "init.sh"))
    target.chmod(0o755)
