"""The tiny guest image: one static busybox, a hundred links to it, a first program, and an ssh server where one is to be had."""

from __future__ import annotations

import asyncio
import platform
import shutil
import tempfile
from pathlib import Path

from dcsim.errors import MachineError
from emulators.machines.commands import run
from emulators.machines.docker.client import EngineClient
from emulators.machines.images import ssh
from emulators.machines.images.importing import build_dockerfile, exists, import_rootfs
from emulators.machines.images.names import TINY
from emulators.machines.images.outdated import remove_outdated
from emulators.machines.images.recipe import engine_name
from emulators.machines.images.tiny_files import CHANGES, pack

BUSYBOX_PLACES = (Path("/bin/busybox"), Path("/usr/bin/busybox"))
INTERPRETERS = (b"/ld-linux", b"/ld-musl", b"/lib/ld")
HEADER_BYTES = 4096
ENGINE_ARCH = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}


class TinyImage:
    """The tiny image on one engine: made at its first use, once however many ask."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()
        self._name = engine_name(TINY)

    async def ensure(self) -> None:
        """Build the image unless the engine has it."""
        async with self._lock:
            if not await exists(self._engine, self._name):
                await self.build()

    async def build(self) -> str:
        """Make the image, from this machine's busybox, from Debian's package of it, or from a registry; answers which.

        Those of earlier recipes go, unless something uses them.
        """
        how = await self._build()
        await remove_outdated(self._engine, TINY)
        return how

    async def _build(self) -> str:
        if await self._same_machine():
            for place in BUSYBOX_PLACES:
                if is_static(place):
                    await import_rootfs(self._engine, self._name, await rootfs(place), CHANGES)
                    return f"from {place}"
            if shutil.which("apt-get") and shutil.which("dpkg-deb"):
                try:
                    return await self._from_package()
                except MachineError:
                    await build_dockerfile(self._engine, self._name, "tiny")
                    return "from busybox:1.36, Debian's package being out of reach"
        await build_dockerfile(self._engine, self._name, "tiny")
        return "from busybox:1.36"

    async def _same_machine(self) -> bool:
        """Whether programs of this machine run on the engine's."""
        if platform.system() != "Linux" or not self._engine.endpoint.local:
            return False
        version = (await self._engine.get("version", doing="tell its architecture")).decode()
        return bool(version["Arch"] == ENGINE_ARCH.get(platform.machine()))

    async def _from_package(self) -> str:
        with tempfile.TemporaryDirectory(prefix="dcsim-tiny-") as folder:
            await run("apt-get", "download", "busybox-static", cwd=folder)
            await run("sh", "-c", "exec dpkg-deb -x busybox-static_*.deb unpacked", cwd=folder)
            unpacked = [Path(folder, "unpacked", str(place).lstrip("/")) for place in BUSYBOX_PLACES]
            busybox = next(place for place in unpacked if is_static(place))
            await import_rootfs(self._engine, self._name, await rootfs(busybox), CHANGES)
            return "from Debian's package busybox-static"


def is_static(program: Path) -> bool:
    """Whether a program exists and asks for no dynamic loader (its path would stand near the start of the file)."""
    if not program.is_file():
        return False
    with program.open("rb") as file:
        head = file.read(HEADER_BYTES)
    return head.startswith(b"\x7fELF") and not any(name in head for name in INTERPRETERS)


async def rootfs(busybox: Path) -> bytes:
    """The whole file system as a tar archive; the same busybox gives the same bytes."""
    applets = (await run(str(busybox), "--list-full")).decode().split()
    programs = await ssh.server()
    return await asyncio.to_thread(lambda: pack(busybox.read_bytes(), applets, programs))
