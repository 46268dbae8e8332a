"""The engine's trials: things fail on a fork of its world, and it tells what works otherwise than before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import msgspec

from cmdb.projection.engine import EngineUnreachable, Where
from dcsim.errors import DomainError, InvalidArgument, NotFound, NotSupported

TIMEOUT_SECONDS: Final = 300.0
_REFUSALS: Final[dict[int, type[DomainError]]] = {
    HTTPStatus.BAD_REQUEST: InvalidArgument,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.NOT_IMPLEMENTED: NotSupported,
}


class Sighting(msgspec.Struct, frozen=True):
    """An entity of the engine that works otherwise than before: ``before`` and ``after`` are up, degraded or down."""

    uid: str
    kind: str
    name: str
    before: str
    after: str
    reason: str


class Trial(msgspec.Struct, frozen=True):
    """What came of the failures of these entities; ``watched`` are the kinds that were looked at, ``sequence`` is the fork's."""

    world: str
    sequence: int
    simulated_seconds: float
    watched: tuple[str, ...]
    changed: tuple[Sighting, ...]


class _Problem(msgspec.Struct, frozen=True):
    detail: str = ""
    subject: str | None = None


Trials = Callable[[Sequence[str]], Awaitable[Trial]]
"""Tries the failure of entities, by uid.  Raises NotFound, NotSupported, EngineUnreachable."""


class EngineTrials:
    """Trials by the engine's REST API."""

    def __init__(self, where: Where) -> None:
        self._where = where

    async def __call__(self, uids: Sequence[str]) -> Trial:
        """Try it.  Raises EngineUnreachable, and what the engine refuses: NotFound, NotSupported, InvalidArgument."""
        url, token = self._where()
        if not url:
            raise EngineUnreachable("Nobody knows where the engine is; set cmdb.engine_url.")
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "dcsim-cmdb"}
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)) as session,
                session.post(f"{url}/sim/forks/trials", json={"fail": list(uids)}, headers=headers) as answer,
            ):
                return _read(url, answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise EngineUnreachable(f"The engine at {url} does not answer ({type(error).__name__}: {error}).") from error


def _read(url: str, status: int, body: bytes) -> Trial:
    try:
        if status == HTTPStatus.OK:
            return msgspec.json.decode(body, type=Trial)
        problem = msgspec.json.decode(body, type=_Problem)
    except msgspec.DecodeError as error:
        raise EngineUnreachable(f"What answers at {url} is no engine ({error}).") from error
    refusal = _REFUSALS.get(status)
    if refusal is not None:
        fields: dict[str, Any] = {"subject": problem.subject}
        raise refusal(problem.detail, **fields)
    raise EngineUnreachable(f"The engine at {url} refuses a trial with {status}: {problem.detail}")
