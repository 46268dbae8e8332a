"""The ssh server of the tiny guest: dropbear and the libraries it needs, from this machine or from Debian's packages.

A guest without it is as good for everything else: what cannot be had is left out, and said.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

import structlog

from dcsim.errors import MachineError
from emulators.machines.commands import run

log = structlog.get_logger(__name__)
PROGRAM: Final = "usr/sbin/dropbear"
PACKAGES: Final = ("dropbear-bin", "libtomcrypt1", "libtommath1")
"""Debian's; the other libraries are on every Debian machine."""
QUICKLY: Final = ("-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10", "-o", "Acquire::https::Timeout=10")
SECONDS: Final = 60.0
_LIBRARY: Final = re.compile(r"(?:^|=>)\s*(/\S+)\s+\(0x", re.MULTILINE)
_MISSING: Final = "not found"


async def server() -> dict[str, bytes]:
    """Files by their path in the guest; empty when there is no ssh server to be had."""
    try:
        installed = shutil.which("dropbear")
        if installed:
            return await _closure(Path(installed), ())
        folder = _kept()
        if not await asyncio.to_thread((folder / PROGRAM).is_file):
            await _fetch(folder)
        return await _closure(folder / PROGRAM, await asyncio.to_thread(_library_folders, folder))
    except (MachineError, OSError) as error:
        log.info("tiny guests have no ssh server", reason=str(error))
        return {}


def _kept() -> Path:
    """Where packages lie unpacked, for the next engine to have them at once."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "dcsim" / "guest-ssh"


async def _fetch(folder: Path) -> None:
    """Download and unpack; the folder appears whole or not at all."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise MachineError("This machine has neither dropbear nor Debian's package tools; install dropbear to log in to tiny guests.")
    with tempfile.TemporaryDirectory(prefix="dcsim-ssh-") as scratch:
        await run("apt-get", "download", *QUICKLY, *PACKAGES, cwd=scratch, deadline=SECONDS)
        for package in await asyncio.to_thread(lambda: sorted(Path(scratch).glob("*.deb"))):
            await run("dpkg-deb", "-x", package.name, "unpacked", cwd=scratch, deadline=SECONDS)
        await asyncio.to_thread(_move, Path(scratch) / "unpacked", folder)


def _move(unpacked: Path, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.move(unpacked, folder)


def _library_folders(folder: Path) -> tuple[str, ...]:
    return tuple(sorted({str(found.parent) for found in folder.glob("usr/lib/**/lib*.so.*")}))


async def _closure(program: Path, libraries: tuple[str, ...]) -> dict[str, bytes]:
    """The program with all libraries that it loads, each where its loader will look."""
    told = (await run("ldd", str(program), env={**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}, deadline=SECONDS)).decode()
    if _MISSING in told:
        raise MachineError(f"dropbear lacks a library: {told.strip()}")
    return await asyncio.to_thread(_read, program, [Path(found) for found in _LIBRARY.findall(told)])


def _read(program: Path, libraries: list[Path]) -> dict[str, bytes]:
    files = {PROGRAM: program.read_bytes()}
    for path in libraries:
        place = str(path).lstrip("/") if path.name.startswith("ld-") else f"lib/{path.name}"
        files[place] = path.read_bytes()
    return files
