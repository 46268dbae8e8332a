"""What a guest finds: its configuration as files, unpacked by our guest images when they boot (``/config``, authorized keys).

A container cannot have a config drive, so the drive's files are put into it as one archive before every start.  Real images keep to
``/config.tar``, which does them no harm.
"""

from __future__ import annotations

import io
import tarfile
from string import ascii_lowercase
from typing import Final

import structlog

from dcsim.errors import MachineError
from emulators.conductor.hands import Hands
from emulators.openstack.compute.servers.metadata import documents
from emulators.openstack.compute.servers.passwords import admin_pass, opener
from emulators.openstack.compute.servers.records import NovaServer
from emulators.world.model import Vm

log = structlog.get_logger(__name__)
ARCHIVE: Final = "/config.tar"
DISKS: Final = "/config/disks"
SECRET: Final = "admin_pass"  # noqa: S105 - the name of a file


async def prepare(hands: Hands, server_uid: str, vm: Vm, *, password: str = "") -> None:
    """Put the server's configuration into its machine; ``password`` is a sealed one for its administrator instead of the server's."""
    server = hands.state.maybe(NovaServer, server_uid)
    if server is not None:
        secret = opener(hands).open(password) if password else admin_pass(opener(hands), server)
        files = documents(hands.state, server) | _own(hands, server, vm) | {SECRET: secret.encode()}
        await hands.machines.put_file(vm.uid, ARCHIVE, archive(files, server.key_data), 0o600)


async def tell_disks(hands: Hands, server: NovaServer, vm: Vm) -> None:
    """Tell a guest that runs which disks it has now, and after its next start; an image of another kind has no place for that."""
    await prepare(hands, server.uid, vm)
    try:
        await hands.machines.put_file(vm.uid, DISKS, _disks(hands, server, vm))
    except MachineError as error:
        log.info("a guest is not told of its disks", vm=vm.name, reason=error.message)


def _own(hands: Hands, server: NovaServer, vm: Vm) -> dict[str, bytes]:
    """What our guest images read and no config drive has: whether there is a drive, and the disks."""
    drive = {"drive": b""} if server.config_drive else {}
    return {"disks": _disks(hands, server, vm), **drive}


def _disks(hands: Hands, server: NovaServer, vm: Vm) -> bytes:
    """A line for each disk: name, folder, bytes.  The first is the root file system."""
    disks = [("/", server.flavor.disk << 30), *((disk.path, disk.size_bytes) for disk in hands.spec(vm).disks)]
    return "".join(f"vd{letter} {path} {size}\n" for letter, (path, size) in zip(ascii_lowercase, disks, strict=False)).encode()


def archive(files: dict[str, bytes], key: str) -> bytes:
    """The files below ``/config``, and the key that may log in, as a tar archive of the whole file system."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, data in files.items():
            _add(tar, f"config/{path}", data, 0o600 if path == SECRET else 0o644)
        if key:
            _add(tar, "root/.ssh/authorized_keys", f"{key.strip()}\n".encode(), 0o600)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, path: str, data: bytes, mode: int) -> None:
    member = tarfile.TarInfo(path)
    member.size, member.mode = len(data), mode
    tar.addfile(member, io.BytesIO(data))
