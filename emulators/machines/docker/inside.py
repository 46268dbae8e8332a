"""What the engine has no call for, done inside a container's namespaces by a thread of ours that enters them and ends.

`listen`: a socket at an address of the container's own loopback card, such as its metadata service's; it stays in the namespace.
`show`: other bytes at a path, such as the processors that a guest has.  Both need root, and an engine on this machine.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final, TypeVar

from dcsim.errors import MachineError
from emulators.machines.docker.endpoint import Endpoint
from emulators.machines.docker.observe import ContainerInfo

T = TypeVar("T")
CLONE_FS: Final = 0x200
CLONE_NEWNS: Final = 0x20000
CLONE_NEWNET: Final = 0x40000000
OPEN_TREE: Final = 428
MOVE_MOUNT: Final = 429
OPEN_TREE_CLONE: Final = 1
MOVE_MOUNT_F_EMPTY_PATH: Final = 4
AT_FDCWD: Final = -100
MNT_DETACH: Final = 2
UMOUNT_NOFOLLOW: Final = 8
SIOCSIFADDR: Final = 0x8916
SIOCSIFNETMASK: Final = 0x891C
LABEL: Final = b"lo:1"
BACKLOG: Final = 16


async def listen(endpoint: Endpoint, info: ContainerInfo, address: str, port: int) -> socket.socket | None:
    """A socket that listens at the address in the container; None where that can't be done.

    Raises MachineError when the container does not run, or the address is taken in it.
    """
    namespace = _require_running(info).NetworkSettings.SandboxKey
    if not possible(endpoint, namespace):
        return None
    try:
        return await in_a_thread(lambda: _listen(namespace, address, port), info.Name)
    except OSError as error:
        raise MachineError(f"Nothing can listen at {address}:{port} in {info.Name}: {error}.") from error


async def show(endpoint: Endpoint, info: ContainerInfo, path: str, data: bytes) -> bool:
    """Let the container see these bytes at a path until it ends; False where that can't be done. Raises MachineError."""
    namespace = f"/proc/{_require_running(info).State.Pid}/ns/mnt"
    if not possible(endpoint, namespace):
        return False
    try:
        with tempfile.NamedTemporaryFile() as file:  # it may lose its name once it is mounted, not before
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o444)
            shown = path in {target for target, _ in mounted(info.State.Pid)}
            await in_a_thread(lambda: _show(namespace, path, file.name, instead=shown), info.Name)
    except OSError as error:
        raise MachineError(f"{path} of {info.Name} can't be replaced: {error}.") from error
    return True


def _require_running(info: ContainerInfo) -> ContainerInfo:
    if not info.NetworkSettings.SandboxKey or info.State.Status != "running":
        raise MachineError(f"The container {info.Name} does not run, so nothing can be done in it; start it first.")
    return info


def possible(endpoint: Endpoint, namespace: str) -> bool:
    return endpoint.local and os.geteuid() == 0 and Path(namespace).exists()


async def in_a_thread(work: Callable[[], T], name: str) -> T:
    """What the work answers, done in a thread of its own: it stays in the namespaces that it enters. Raises OSError."""
    done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    threading.Thread(target=_run, args=(work, done), name=f"in {name}", daemon=True).start()
    return await done


def _run(work: Callable[[], T], done: asyncio.Future[T]) -> None:
    loop = done.get_loop()
    try:
        found = work()
    except OSError as error:
        loop.call_soon_threadsafe(_fail, done, error)
    else:
        loop.call_soon_threadsafe(_answer, done, found)


def _fail(done: asyncio.Future[T], error: OSError) -> None:
    if not done.done():
        done.set_exception(error)


def _answer(done: asyncio.Future[T], found: T) -> None:
    if not done.done():
        done.set_result(found)
    elif isinstance(found, socket.socket):  # nobody waits any more
        found.close()


def checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def enter(namespace: str, kind: int) -> None:
    with Path(namespace).open("rb") as file:
        checked(libc().setns(file.fileno(), kind))


def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _listen(namespace: str, address: str, port: int) -> socket.socket:
    enter(namespace, CLONE_NEWNET)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.255")):
            fcntl.ioctl(listener, request, struct.pack("16sHH4s8x", LABEL, socket.AF_INET, 0, IPv4Address(value).packed))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _show(namespace: str, path: str, source: str, *, instead: bool) -> None:
    """Mount a file of ours at the path in the namespace, ``instead`` of the one that is there from before."""
    tree = open_tree(source)
    try:
        enter_mounts(namespace)
        if instead:
            detach(path)
        attach(tree, path)
    finally:
        os.close(tree)


def mounted(pid: int) -> Iterator[tuple[str, str]]:
    """Where each mount is that a process sees, and what of its file system is there, as the kernel lists them. Raises OSError."""
    for row in Path(f"/proc/{pid}/mountinfo").read_text().splitlines():
        _, _, _, root, target, *_ = row.split()
        yield target, root


def open_tree(path: str) -> int:
    """A mount of what is at a path of ours, attached nowhere yet, as a file descriptor. Raises OSError."""
    return int(checked(libc().syscall(OPEN_TREE, AT_FDCWD, os.fsencode(path), OPEN_TREE_CLONE | os.O_CLOEXEC)))


def enter_mounts(namespace: str) -> None:
    """See files as a container does, in this thread for good. Raises OSError."""
    checked(libc().unshare(CLONE_FS))
    enter(namespace, CLONE_NEWNS)


def attach(tree: int, path: str) -> None:
    """Attach a mount at a path. Raises OSError."""
    checked(libc().syscall(MOVE_MOUNT, tree, b"", AT_FDCWD, os.fsencode(path), MOVE_MOUNT_F_EMPTY_PATH))


def detach(path: str) -> None:
    """Take away what is mounted at a path; whoever has a file of it open keeps that. Raises OSError."""
    checked(libc().umount2(os.fsencode(path), MNT_DETACH | UMOUNT_NOFOLLOW))
