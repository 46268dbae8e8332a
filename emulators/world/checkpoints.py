"""Checkpoints: consistent copies of the journal at one sequence number, to go back to or to fork a world from."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from dcsim.errors import AlreadyExists, InvalidArgument, NotFound
from dcsim.events import Actor
from emulators.world.decisions.worlds import ForkWorld, RestoreWorld
from emulators.world.engine import World
from emulators.world.journal import Journal
from emulators.world.model import encode_entity

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.IGNORECASE)


class Checkpoint(msgspec.Struct, frozen=True):
    """A checkpoint on disk; ``sequence`` is the last event in it."""

    name: str
    sequence: int
    taken: datetime
    size_bytes: int


class Checkpoints:
    """The checkpoints of one world, in one folder."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world = world
        self._folder = folder
        self._making = asyncio.Lock()

    async def take(self, name: str) -> Checkpoint:
        """Copy the journal while the world goes on; raises AlreadyExists, InvalidArgument, JournalUnavailable."""
        path = self._path(name)
        async with self._making:
            if path.exists():
                raise AlreadyExists(f"There is a checkpoint {name!r} already.", field="name")
            await asyncio.to_thread(self._world.journal.copy_to, path)
        return await asyncio.to_thread(_describe, path)

    async def list(self) -> list[Checkpoint]:
        """All of them, by name."""
        return await asyncio.to_thread(lambda: [_describe(path) for path in sorted(self._folder.glob("*.db"))])

    async def get(self, name: str) -> Checkpoint:
        """One of them; raises NotFound."""
        return await asyncio.to_thread(_describe, self._existing(name))

    async def remove(self, name: str) -> None:
        """Delete one; raises NotFound."""
        await asyncio.to_thread(self._existing(name).unlink)

    async def restore(self, name: str, actor: Actor) -> int:
        """Bring the world back to a checkpoint by one command; answers the sequence after it.  Raises NotFound, Busy."""
        entities = await asyncio.to_thread(_entities, self._existing(name))
        return (await self._world.execute(RestoreWorld(name=name, entities=entities), actor)).sequence

    async def fork(self, name: str, data_dir: Path, actor: Actor) -> Path:
        """Make a world of its own from a checkpoint, in an empty data directory; answers its journal's path."""
        source, target = self._existing(name), data_dir / self._world.journal.path.name
        async with self._making:
            if target.exists():
                raise AlreadyExists(f"{data_dir} holds a world already.", field="data_dir")
            await asyncio.to_thread(_fork, source, target, name, actor)
        return target

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InvalidArgument("A checkpoint's name has letters, digits, '.', '_' and '-' only, 64 at most.", field="name")
        return self._folder / f"{name}.db"

    def _existing(self, name: str) -> Path:
        path = self._path(name)
        if not path.is_file():
            raise NotFound(f"There is no checkpoint {name!r}.", field="name")
        return path


def _describe(path: Path) -> Checkpoint:
    with closing(Journal(path)) as journal:
        sequence, _ = journal.last()
    facts = path.stat()
    return Checkpoint(path.stem, sequence, datetime.fromtimestamp(facts.st_mtime, UTC), facts.st_size)


def _entities(path: Path) -> tuple[tuple[str, bytes], ...]:
    with closing(Journal(path)) as journal:
        return tuple((entity.KIND, encode_entity(entity)) for entity in journal.entities())


def _fork(source: Path, target: Path, name: str, actor: Actor) -> None:
    unfinished = target.with_name(f".{target.name}.fork")
    with closing(Journal(source)) as journal:
        journal.copy_to(unfinished)
    try:
        with closing(World.open(unfinished)) as world:
            world.execute_now(ForkWorld(name=f"fork of {name}"), actor)
        unfinished.replace(target)
    finally:
        for left in target.parent.glob(f"{unfinished.name}*"):
            left.unlink()
