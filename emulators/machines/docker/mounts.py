"""Data disks of containers that run: their volumes' mounts come and go while the guest looks on.

An engine fixes a container's mounts when it makes it.  Where it is on this machine, and this process is root, a volume's folder is mounted
in the container's own mount namespace all the same; such a mount is gone with the container's run.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Final

from dcsim.errors import MachineError
from emulators.machines.docker import inside, naming
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.observe import ContainerInfo
from emulators.machines.port import DiskSpec

FOLDER_MODE: Final = 0o755


class Mounts:
    """Mounts of one world's volumes in its running containers."""

    def __init__(self, engine: EngineClient, world: str) -> None:
        self._engine = engine
        self._world = world
        self._prefix = naming.volume_prefix(world)
        self._disks: dict[str, tuple[DiskSpec, ...]] = {}

    async def set(self, info: ContainerInfo, disks: tuple[DiskSpec, ...]) -> bool:
        """Let a running container see these volumes and no others; their volumes exist.  False where that can't be done.

        Raises MachineError when the container does not run, or a volume cannot be mounted or taken away.
        """
        if not info.State.Pid:
            raise MachineError(f"The container {info.Name} does not run, so no disk can be plugged into it; start it first.")
        namespace = f"/proc/{info.State.Pid}/ns/mnt"
        if not inside.possible(self._engine.endpoint, namespace) or any(disk.read_only for disk in disks):
            return False
        wanted = {disk.path: await self._folder(disk.volume) for disk in disks}
        try:
            present = dict(self._present(info.State.Pid))
            gone = [path for path, volume in present.items() if path not in wanted or volume not in wanted[path].parts]
            new = {path: folder for path, folder in wanted.items() if path not in present or path in gone}
            if not all(folder.is_dir() for folder in new.values()):  # the engine's files are not this process's
                return False
            await inside.in_a_thread(lambda: change(namespace, gone, new), info.Name)
        except OSError as error:
            raise MachineError(f"The disks of {info.Name} can't be changed while it runs: {error}.") from error
        self._disks[info.Id] = disks
        return True

    def disks_of(self, info: ContainerInfo, made_with: tuple[DiskSpec, ...]) -> tuple[DiskSpec, ...]:
        """The container's data disks: what was last set, or what it was made with."""
        return self._disks.get(info.Id, made_with)

    def forget(self, container: str) -> None:
        """A container that is gone."""
        self._disks.pop(container, None)

    async def _folder(self, volume: str) -> Path:
        """Where the engine keeps a volume's files."""
        name = naming.volume_name(self._world, volume)
        found: dict[str, Any] = (await self._engine.get(f"volumes/{name}", doing=f"find the volume {name}")).decode()
        return Path(found["Mountpoint"])

    def _present(self, pid: int) -> list[tuple[str, str]]:
        """Where a process sees volumes of this world, and their names. Raises OSError."""
        rows = [(target, Path(root)) for target, root in inside.mounted(pid)]
        return [(target, root.parent.name) for target, root in rows if root.name == "_data" and root.parent.name.startswith(self._prefix)]


def change(namespace: str, gone: list[str], new: dict[str, Path]) -> None:
    """Take mounts away from a mount namespace and add others, for good in this thread. Raises OSError."""
    trees = {path: inside.open_tree(str(folder)) for path, folder in new.items()}
    try:
        inside.enter_mounts(namespace)
        for path in gone:
            inside.detach(path)
            with contextlib.suppress(OSError):  # a folder that has other files stays
                Path(path).rmdir()
        for path, tree in trees.items():
            Path(path).mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            inside.attach(tree, path)
    finally:
        for tree in trees.values():
            os.close(tree)
