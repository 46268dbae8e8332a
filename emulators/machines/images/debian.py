"""The Debian guest image: debootstrap where there is one (no registry needed), else a Dockerfile on Debian's own image."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from emulators.machines.commands import run
from emulators.machines.docker.client import EngineClient
from emulators.machines.images.importing import build_dockerfile, image_script, import_rootfs, normalise
from emulators.machines.images.names import KIND_LABEL

SUITE = "bookworm"
STOCK_MIRROR = "http://deb.debian.org/debian"
PACKAGES = ("ca-certificates", "iproute2", "openssh-server", "python3-apt", "python3-minimal")
CHANGES = [
    'CMD ["/usr/local/sbin/dcsim-guest"]',
    "EXPOSE 22",
    f"LABEL {KIND_LABEL}=debian",
]
SOURCES = f"""deb {STOCK_MIRROR} {SUITE} main
deb {STOCK_MIRROR} {SUITE}-updates main
deb http://deb.debian.org/debian-security {SUITE}-security main
"""
CHANGING = ("var/cache/apt/**/*", "var/lib/apt/lists/**/*", "var/log/**/*", "etc/ssh/ssh_host_*", "etc/resolv.conf", "tmp/*")
"""What differs from build to build, or belongs to one machine only."""

CHUNK = 1 << 20
Report = Callable[[str], None]


async def build(engine: EngineClient, name: str, report: Report) -> str:
    """Make the image; ``report`` hears what is going on. Answers which way it was made. Raises MachineError."""
    if can_debootstrap() and engine.endpoint.local:
        mirror = host_mirror()
        report(f"unpacking Debian {SUITE} and {len(PACKAGES)} packages")
        with tempfile.TemporaryDirectory(prefix="dcsim-debian-") as folder:
            root = Path(folder, "root")
            await debootstrap(root, mirror)
            await asyncio.to_thread(finish, root)
            report("importing the file system")
            packed = Path(folder, "root.tar")
            await asyncio.to_thread(pack, root, packed)
            await import_rootfs(engine, name, chunks(packed), CHANGES)
        return "by debootstrap"
    report("building on debian:12-slim")
    await build_dockerfile(engine, name, "debian")
    return "from debian:12-slim"


def can_debootstrap() -> bool:
    """Whether this machine can unpack a Debian by itself: Linux, root, and the tool."""
    return platform.system() == "Linux" and os.geteuid() == 0 and shutil.which("debootstrap") is not None


async def debootstrap(root: Path, mirror: str) -> None:
    """Unpack a minimal Debian with the guest's packages under ``root``."""
    include = f"--include={','.join(PACKAGES)}"
    # A short umask of the caller's would leave directories in the image that only root can enter.
    script = 'umask 022; exec debootstrap "$@"'
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "DEBIAN_FRONTEND": "noninteractive"}
    await run("sh", "-c", script, "debootstrap", "--variant=minbase", include, SUITE, str(root), mirror, env=environment)


def host_mirror(etc: Path = Path("/etc")) -> str:
    """The mirror that this machine itself uses for the suite, else Debian's own: behind a firewall only the first can be reached."""
    sources = [etc / "apt/sources.list", *sorted((etc / "apt/sources.list.d").glob("*"))]
    text = "\n".join(path.read_text(errors="replace") for path in sources if path.is_file())
    classic = re.search(rf"^deb\s+(?:\[.*?\]\s+)?(\S+)\s+{SUITE}\s", text, re.MULTILINE)
    if classic:
        return classic[1]
    for stanza in text.split("\n\n"):
        fields = dict(re.findall(r"^(\w+):\s*(.+)$", stanza, re.MULTILINE))
        if SUITE in fields.get("Suites", "").split():
            return str(fields.get("URIs", STOCK_MIRROR)).split()[0]
    return STOCK_MIRROR


def finish(root: Path) -> None:
    """Take out what differs from build to build, and put the guest's first program in."""
    for pattern in CHANGING:
        for path in sorted(root.glob(pattern), reverse=True):
            if path.is_dir() and not path.is_symlink():
                continue
            path.unlink()
    (root / "etc/machine-id").write_text("")
    (root / "etc/hostname").write_text("")
    (root / "etc/apt/sources.list").write_text(SOURCES)
    image_script("debian", root / "usr/local/sbin/dcsim-guest")


def pack(root: Path, target: Path) -> None:
    """The tree as a tar archive in a fixed order, times no newer than the newest file that a package brought."""
    newest = int((root / "etc/debian_version").stat().st_mtime)
    with tarfile.open(target, "w") as archive:
        for path in sorted(root.rglob("*")):
            archive.add(path, path.relative_to(root).as_posix(), recursive=False, filter=lambda member: normalise(member, newest))


async def chunks(path: Path) -> AsyncIterator[bytes]:
    """A file's content, read off the event loop."""
    with path.open("rb") as file:
        while data := await asyncio.to_thread(file.read, CHUNK):
            yield data
