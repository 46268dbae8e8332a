"""The route that tries a failure on a fork of the world."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from dcsim.http.routes import Reply
from emulators.api.routes import Call, routes
from emulators.world.model import Entity
from emulators.world.trial import Trial, try_failures
from emulators.world.trial.failing import failure_of

MOST: Final = 1_000


class TrialBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The uids of what fails together."""

    fail: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(min_length=1, max_length=MOST)]


@routes.post("/sim/forks/trials", "Try a failure on a fork", body=TrialBody, returns=Trial, status=200)
async def try_on_fork(call: Call) -> Reply:
    """Copy the world, let these fail there together, let every law take its course, and answer what works otherwise than before.

    The world itself, its machines and its journal are untouched; the copy is thrown away.
    """
    uids: list[str] = call.body.fail
    state = call.context.world.state
    for uid in uids:
        failure_of(state, state.get(Entity, uid))  # refused before anything is copied
    forks = call.context.forks
    async with call.context.trying:
        return Reply(await asyncio.to_thread(_try, call, forks, uids))


def _try(call: Call, forks: Path, uids: list[str]) -> Trial:
    world = call.context.world
    forks.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".trial-", dir=forks))
    try:
        copy = folder / world.journal.path.name
        world.journal.copy_to(copy)
        return try_failures(copy, world.world_id, uids)
    finally:
        shutil.rmtree(folder)
