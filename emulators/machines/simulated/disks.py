"""Files of simulated machines: each volume, and each machine's own disk, is a small dictionary of what was put there."""

from __future__ import annotations

from pathlib import PurePosixPath

import msgspec

from dcsim.errors import ImageNotFound, MachineError
from emulators.machines.port import MAX_FILE_BYTES, DiskSpec, MachineSpec, VolumeSpec
from emulators.machines.simulated.machine import Files, SimulatedMachine


class Snapshot(msgspec.Struct, frozen=True):
    """A machine's files at a moment: its own disk's, and its volumes' by volume uid."""

    own: Files
    volumes: dict[str, Files]


class Disks:
    """Volumes and snapshots of one world."""

    def __init__(self) -> None:
        self._volumes: dict[str, Files] = {}
        self._snapshots: dict[str, Snapshot] = {}

    def ensure(self, spec: VolumeSpec) -> None:
        """Make the volume exist."""
        self._volumes.setdefault(spec.id, {})

    def fill(self, source_id: str, target: VolumeSpec) -> None:
        """Give a volume the files of another, if that is there."""
        if source_id in self._volumes:
            self._volumes[target.id] = dict(self._volumes[source_id])

    def remove(self, volume_id: str) -> None:
        """Forget a volume and its files."""
        self._volumes.pop(volume_id, None)

    def where(self, machine: SimulatedMachine, path: str) -> tuple[Files, str]:
        """The dictionary that a path of the guest belongs to, and its key there. Raises MachineError for a path that names no file."""
        target = PurePosixPath(path)
        if not target.is_absolute() or not target.name or ".." in target.parts:
            raise MachineError(f"{path!r} is not an absolute path of a file in the guest.")
        for disk in sorted(machine.spec.disks, key=lambda disk: -len(disk.path)):
            if target.is_relative_to(disk.path):
                return self._volumes.setdefault(disk.volume, {}), str(target.relative_to(disk.path))
        if machine.files is None:
            machine.files = {}
        return machine.files, str(target)

    def write(self, machine: SimulatedMachine, path: str, data: bytes) -> None:
        """Put a file."""
        if len(data) > MAX_FILE_BYTES:
            raise MachineError(f"{path} has {len(data)} bytes; at most {MAX_FILE_BYTES} can be moved at once.")
        files, key = self.where(machine, path)
        files[key] = data

    def read(self, machine: SimulatedMachine, path: str) -> bytes:
        """Get a file."""
        files, key = self.where(machine, path)
        if key not in files:
            raise MachineError(f"There is no file {path} in {machine.spec.id}; simulated machines hold only files that were put there.")
        return files[key]

    def keep(self, ref: str, machine: SimulatedMachine, *, disks: bool) -> None:
        """Remember a machine's files under a reference; without ``disks`` only those of its own."""
        self._snapshots[ref] = self.copy(machine) if disks else Snapshot(dict(machine.files or {}), {})

    def copy(self, machine: SimulatedMachine) -> Snapshot:
        """A machine's files now, without independent disks'."""
        covered = [disk.volume for disk in machine.spec.disks if not disk.independent]
        return Snapshot(dict(machine.files or {}), {volume: dict(self._volumes.get(volume, {})) for volume in covered})

    def kept(self, ref: str) -> Snapshot:
        """What a reference stands for. Raises ImageNotFound."""
        if ref not in self._snapshots:
            raise ImageNotFound(f"The snapshot {ref} is gone; delete it in the inventory too.")
        return self._snapshots[ref]

    def put_back(self, snapshot: Snapshot, machine: SimulatedMachine) -> None:
        """Give a machine the files of a snapshot; volumes that it doesn't cover stay as they are."""
        machine.files = dict(snapshot.own)
        for volume in {disk.volume for disk in machine.spec.disks} & snapshot.volumes.keys():
            self._volumes[volume] = dict(snapshot.volumes[volume])

    def put_copies(self, source: MachineSpec, copied: Snapshot, machine: SimulatedMachine) -> None:
        """Give a clone the source's files, disks matched by path."""
        machine.files = dict(copied.own)
        by_path: dict[str, DiskSpec] = {disk.path: disk for disk in source.disks if not disk.independent}
        for disk in machine.spec.disks:
            if disk.path in by_path:
                self._volumes[disk.volume] = dict(copied.volumes[by_path[disk.path].volume])

    def forget(self, ref: str) -> None:
        """Drop a snapshot."""
        self._snapshots.pop(ref, None)
