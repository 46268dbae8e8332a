"""What a guest finds: its configuration as files, unpacked by our guest images when they boot (``/config``, authorized keys).

A container cannot have a config drive, so the drive's files are put into it as one archive before every start.  Real images keep to
``/config.tar``, which does them no harm.
"""

from __future__ import annotations

import io
import tarfile
from typing import Final

from emulators.conductor.hands import Hands
from emulators.openstack.compute.servers.metadata import documents
from emulators.openstack.compute.servers.records import NovaServer
from emulators.world.model import Vm

ARCHIVE: Final = "/config.tar"


async def prepare(hands: Hands, server_uid: str, vm: Vm) -> None:
    """Put the server's configuration into its machine."""
    server = hands.state.maybe(NovaServer, server_uid)
    if server is not None:
        await hands.machines.put_file(vm.uid, ARCHIVE, archive(documents(hands.state, server), server.key_data), 0o600)


def archive(files: dict[str, bytes], key: str) -> bytes:
    """The files below ``/config``, and the key that may log in, as a tar archive of the whole file system."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, data in files.items():
            _add(tar, f"config/{path}", data, 0o644)
        if key:
            _add(tar, "root/.ssh/authorized_keys", f"{key.strip()}\n".encode(), 0o600)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, path: str, data: bytes, mode: int) -> None:
    member = tarfile.TarInfo(path)
    member.size, member.mode = len(data), mode
    tar.addfile(member, io.BytesIO(data))
