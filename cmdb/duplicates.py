"""De-duplication tasks: what a source sees may be any of several CIs, and a person says which one, or none.

A decision is kept with the task, so that no comparison with the engine opens it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta

from cmdb.history import Cause
from cmdb.model import Ci, Claim, is_a
from cmdb.projection.declare import PROJECTED
from cmdb.projection.feed import Feed
from cmdb.projection.overlay import TASKS, Overlay
from cmdb.projection.projector import IMPORTED
from cmdb.reconciliation import PERSON, claimed, edited
from cmdb.stores.port import Record
from dcsim.errors import InvalidArgument, InvalidState, NotFound
from dcsim.events import Actor


class Merge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the source sees is ``into``; the CIs in ``also``, which no system knows, are the same thing: what is stated of them moves."""

    into: str
    also: Annotated[list[str], Meta(max_length=100)] = msgspec.field(default_factory=list)


class Deduplication:
    """Decisions on behalf of an actor.  All raise NotFound for what is no task, InvalidState for one that is not open."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def merge(self, actor: Actor, uid: str, body: Merge) -> Ci:
        """Decide for one CI.  Raises InvalidArgument for one that is no candidate, InvalidState for one that cannot move."""
        return await self._decide(actor, uid, body)

    async def distinct(self, actor: Actor, uid: str) -> Ci:
        """Decide for none of the candidates: they are different things, and the source sees another one."""
        return await self._decide(actor, uid, None)

    async def reopen(self, actor: Actor, uid: str) -> Ci:
        """Take a decision back; what has moved stays where it is, and history says where it came from."""
        cause = Cause(at=datetime.now(UTC), actor=actor, source=PERSON)

        async def plan(overlay: Overlay) -> Overlay:
            task = await _task(overlay, uid)
            if task.attributes.get("state") == "open":
                raise InvalidState(f"{uid} is open.", subject=uid)
            overlay.put(uid, edited(task, cause.at, {}, ("state", "decided_by")))
            return overlay

        async def then(overlay: Overlay) -> None:
            await self._feed.projector.decide(overlay, await _task(overlay, uid), None, cause)

        return _written(await self._feed.edit(cause, plan, then), uid)

    async def _decide(self, actor: Actor, uid: str, body: Merge | None) -> Ci:
        cause = Cause(at=datetime.now(UTC), actor=actor, source=PERSON)

        async def plan(overlay: Overlay) -> Overlay:
            task = await _task(overlay, uid)
            if task.attributes.get("state") != "open":
                raise InvalidState(
                    f"{uid} was decided by {task.attributes.get('decided_by')}; reopen it first.", subject=uid, field="state"
                )
            if body is not None:
                await _check(overlay, task, body)
            said = {"state": "merged" if body else "dismissed", "decided_by": actor.principal}
            overlay.put(uid, edited(task, cause.at, said))
            return overlay

        return _written(await self._feed.edit(cause, plan, partial(self._follow, uid, body, cause)), uid)

    async def _follow(self, uid: str, body: Merge | None, cause: Cause, overlay: Overlay) -> None:
        for also in dict.fromkeys(body.also) if body else ():
            self._move(overlay, also, body.into if body else "", cause)
        await self._feed.projector.decide(overlay, await _task(overlay, uid), body.into if body else "", cause)

    def _move(self, overlay: Overlay, uid: str, into: str, cause: Cause) -> None:
        """What people and imports state of one CI, they state of another from now on; where they stated both, the other's word counts."""
        moved, target = overlay.ci(uid), overlay.ci(into)
        assert moved is not None  # noqa: S101 - checked
        for source, claim in moved.sources.items():
            there = target.sources.get(source, Claim(claim.key)) if target else claim
            both = msgspec.structs.replace(there, attributes={**claim.attributes, **there.attributes})
            target = claimed(target, into, moved.cls, source, both, cause.at)
        others = self._feed.projector.others
        for key in sorted(others.at([uid])):
            new = tuple(into if end == uid else end for end in key)
            for by, properties in dict(others.said(key)).items():
                overlay.relate(key, by, None, cause)
                if new[0] != new[2]:
                    overlay.relate((new[0], new[1], new[2]), by, properties, cause)
        overlay.put(into, target)
        overlay.put(uid, None)
        overlay.records[IMPORTED, uid] = Record(IMPORTED, uid)


async def _task(overlay: Overlay, uid: str) -> Ci:
    await overlay.load([uid])
    found = overlay.ci(uid)
    if found is None or found.cls != "DeDuplicationTask" or TASKS not in found.sources:
        raise NotFound(f"There is no de-duplication task {uid!r}.", subject=uid)
    return found


async def _check(overlay: Overlay, task: Ci, body: Merge) -> None:
    candidates = task.attributes.get("candidates", ())
    wanted: Mapping[str, str] = {"into": body.into, **{f"also[{place}]": also for place, also in enumerate(body.also)}}
    await overlay.load(wanted.values())
    target = overlay.ci(body.into)
    for field, uid in wanted.items():
        found = overlay.ci(uid)
        if found is None or not isinstance(candidates, tuple) or uid not in candidates:
            raise InvalidArgument(f"{uid} is no candidate of {task.uid}.", field=field)
        if field == "into" or target is None:
            continue
        if uid == body.into or not is_a(found.cls, target.cls):
            raise InvalidArgument(f"{uid} and {body.into} cannot be one.", field=field)
        if set(found.sources) & {*PROJECTED, TASKS}:
            known = ", ".join(sorted(set(found.sources) & set(PROJECTED)))
            raise InvalidState(f"{known} know {uid} as a thing of its own; it cannot move.", subject=uid, field=field)


def _written(overlay: Overlay, uid: str) -> Ci:
    found = overlay.written(uid)
    assert found is not None  # noqa: S101 - tasks that are decided stay
    return found
