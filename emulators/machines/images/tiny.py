"""The tiny guest image: one static busybox, a hundred links to it, a first program, and an ssh server where one is to be had."""

from __future__ import annotations

import asyncio
import io
import platform
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dcsim.errors import MachineError
from emulators.machines.commands import run
from emulators.machines.docker.client import EngineClient
from emulators.machines.images import ssh
from emulators.machines.images.importing import (
    add_directory,
    add_file,
    add_link,
    build_dockerfile,
    exists,
    guest_file,
    import_rootfs,
    tools,
)
from emulators.machines.images.names import KIND_LABEL, TINY

BUSYBOX_PLACES = (Path("/bin/busybox"), Path("/usr/bin/busybox"))
INTERPRETERS = (b"/ld-linux", b"/ld-musl", b"/lib/ld")
HEADER_BYTES = 4096
DIRECTORIES = ("bin", "dev", "etc", "mnt", "proc", "root", "run", "sbin", "sys", "usr", "usr/bin", "usr/sbin", "var", "var/log")
ENGINE_ARCH = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}
CHANGES = [
    'CMD ["/sbin/dcsim-guest"]',
    "ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    f"LABEL {KIND_LABEL}=tiny",
]
ETC = {
    "passwd": b"root:x:0:0:root:/root:/bin/sh\ncirros:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "shadow": b"root:*:19000:0:99999:7:::\ncirros:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n",
    "profile": b'mount() { /usr/bin/mount "$@"; }\numount() { /usr/bin/umount "$@"; }\n',
    "group": b"root:x:0:\nnogroup:x:65534:\n",
    "issue": b"dc-sim tiny guest\n",
    "os-release": b'NAME="dc-sim tiny guest"\nID=dcsim-tiny\nVERSION_ID=1\nPRETTY_NAME="dc-sim tiny guest 1"\n',
}


class TinyImage:
    """The tiny image on one engine: made at its first use, once however many ask."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()

    async def ensure(self) -> None:
        """Build the image unless the engine has it."""
        async with self._lock:
            if not await exists(self._engine, TINY):
                await self.build()

    async def build(self) -> str:
        """Make the image, from this machine's busybox, from Debian's package of it, or from a registry; answers which."""
        if await self._same_machine():
            for place in BUSYBOX_PLACES:
                if is_static(place):
                    await import_rootfs(self._engine, TINY, await rootfs(place), CHANGES)
                    return f"from {place}"
            if shutil.which("apt-get") and shutil.which("dpkg-deb"):
                try:
                    return await self._from_package()
                except MachineError:
                    await build_dockerfile(self._engine, TINY, "tiny")
                    return "from busybox:1.36, Debian's package being out of reach"
        await build_dockerfile(self._engine, TINY, "tiny")
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
            await import_rootfs(self._engine, TINY, await rootfs(busybox), CHANGES)
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
    return await asyncio.to_thread(pack, busybox, applets, await ssh.server())


def pack(busybox: Path, applets: list[str], more: Mapping[str, bytes]) -> bytes:
    """The archive with ``applets`` (paths without the leading slash) as links to the one program, and ``more`` programs by their path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in sorted({*DIRECTORIES, *(str(Path(path).parent) for path in more)}):
            add_directory(archive, name)
        add_directory(archive, "tmp", 0o1777)
        add_file(archive, "bin/busybox", busybox.read_bytes(), 0o755)
        for applet in sorted(set(applets) - {"bin/busybox"}):
            add_link(archive, applet, "/bin/busybox")
        for path, data in sorted(more.items()):
            add_file(archive, path, data, 0o755)
        for name, data in ETC.items():
            add_file(archive, f"etc/{name}", data, 0o600 if name == "shadow" else 0o644)
        for name, data in tools("tiny").items():
            add_file(archive, f"usr/bin/{name}", data, 0o755)
        add_file(archive, "sbin/dcsim-guest", guest_file("tiny", "init.sh"), 0o755)
    return buffer.getvalue()
