"""Listening sockets inside a container's network namespace: services that a guest finds at an address of its own, such as its metadata.

The engine has no call for it.  A thread of ours enters the namespace, gives the loopback card the address, and listens there; the socket
stays in the namespace while the thread ends.  Needs root, and an engine on this machine.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import socket
import struct
import threading
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from dcsim.errors import MachineError
from emulators.machines.docker.endpoint import Endpoint
from emulators.machines.docker.observe import ContainerInfo

CLONE_NEWNET: Final = 0x40000000
SIOCSIFADDR: Final = 0x8916
SIOCSIFNETMASK: Final = 0x891C
LABEL: Final = b"lo:1"
BACKLOG: Final = 16


async def listen(endpoint: Endpoint, info: ContainerInfo, address: str, port: int) -> socket.socket | None:
    """A socket that listens at the address in the container; None where that can't be done.

    Raises MachineError when the container does not run, or the address is taken in it.
    """
    namespace = info.NetworkSettings.SandboxKey
    if not namespace or info.State.Status != "running":
        raise MachineError(f"The container {info.Name} does not run, so nothing can listen in it; start it first.")
    if not _possible(endpoint, namespace):
        return None
    done: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()
    thread = threading.Thread(target=_listen, args=(done, namespace, address, port), name=f"listen in {info.Name}", daemon=True)
    thread.start()  # one of its own: it stays in the namespace that it entered
    try:
        return await done
    except OSError as error:
        raise MachineError(f"Nothing can listen at {address}:{port} in {info.Name}: {error}.") from error


def _possible(endpoint: Endpoint, namespace: str) -> bool:
    return endpoint.local and os.geteuid() == 0 and Path(namespace).exists()


def _listen(done: asyncio.Future[socket.socket], namespace: str, address: str, port: int) -> None:
    loop = done.get_loop()
    try:
        made = _inside(namespace, address, port)
    except OSError as error:
        loop.call_soon_threadsafe(_fail, done, error)
    else:
        loop.call_soon_threadsafe(_answer, done, made)


def _fail(done: asyncio.Future[socket.socket], error: OSError) -> None:
    if not done.done():
        done.set_exception(error)


def _answer(done: asyncio.Future[socket.socket], made: socket.socket) -> None:
    if done.done():  # nobody waits any more
        made.close()
    else:
        done.set_result(made)


def _inside(namespace: str, address: str, port: int) -> socket.socket:
    with Path(namespace).open("rb") as file:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(file.fileno(), CLONE_NEWNET):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
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
