"""Which guest images an engine has, and making those it lacks."""

from __future__ import annotations

import time

import msgspec

from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.naming import label_filter
from emulators.machines.images import debian
from emulators.machines.images.names import ALL, KIND_LABEL
from emulators.machines.images.outdated import remove_outdated
from emulators.machines.images.recipe import engine_name
from emulators.machines.images.tiny import TinyImage


class GuestImage(msgspec.Struct, frozen=True, kw_only=True):
    """A guest image on an engine."""

    name: str
    kind: str
    id: str
    size_bytes: int
    created: int  # seconds since 1970


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """A finished build: which image, how it was made, how long it took."""

    name: str
    kind: str
    how: str
    seconds: float


class ImageLibrary:
    """The guest images of one engine."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine

    async def build(self, kind: str, report: debian.Report) -> Built:
        """Make one of :data:`~emulators.machines.images.names.ALL`, replacing what has its name. Raises MachineError."""
        begun = time.monotonic()
        name = engine_name(ALL[kind])
        report(f"building {name}")
        if kind == "tiny":
            how = await TinyImage(self._engine).build()
        else:
            how = await debian.build(self._engine, name, report)
            await remove_outdated(self._engine, ALL[kind])
        return Built(name=name, kind=kind, how=how, seconds=round(time.monotonic() - begun, 2))

    async def list(self) -> list[GuestImage]:
        """Guest images by name, those of earlier recipes too while they are used; snapshots and clones of machines are not listed."""
        repositories = {name.rpartition(":")[0] for name in ALL.values()}
        rows = (await self._engine.get("images/json", doing="list the images", params=label_filter(KIND_LABEL))).decode()
        images = [
            GuestImage(name=name, kind=row["Labels"][KIND_LABEL], id=row["Id"], size_bytes=row["Size"], created=row["Created"])
            for row in rows
            for name in row["RepoTags"] or ()
            if name.rpartition(":")[0] in repositories
        ]
        return sorted(images, key=lambda image: image.name)
