"""What people do to the graph.  Each edit is one transaction, made and written where the projection's are, with history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from cmdb.editing import once
from cmdb.editing.bodies import Edit, Founding, Linking, Removed, Whole
from cmdb.editing.claims import changed, claim_of, founded, whole, with_claim
from cmdb.editing.linking import check_circle, checked_link
from cmdb.history import Cause
from cmdb.identification import Sighting, identify
from cmdb.model import Ci, Claim, Relation, Value, class_of, relation_types
from cmdb.projection.feed import Feed
from cmdb.projection.overlay import Overlay
from cmdb.projection.projector import IMPORTED
from cmdb.reconciliation import PERSON, TAGS, claimed, new_uid
from cmdb.stores.port import Record
from dcsim.errors import AlreadyExists, InvalidState, NotFound, VersionConflict
from dcsim.events import Actor

Says = Callable[[Ci], Mapping[str, Value]]
"""From a CI as it is to all that people state of it afterwards."""


class Editor:
    """Edits on behalf of an actor.  All raise StoreUnavailable while the store is away."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._store = feed.store

    # -- CIs --------------------------------------------------------------------------------------------------------------------

    async def found(self, actor: Actor, body: Founding, key: str = "") -> Ci:
        """A CI that was not there.  With an idempotency *key*, the same one when it is asked for again.

        Raises InvalidArgument for what the class does not have, AlreadyExists when what is stated identifies one that is there.
        """
        said, cause = founded(body), _cause(actor)

        async def plan(overlay: Overlay) -> str:
            name, asked = once.key_of(actor, key), once.fingerprint("found", body)
            done = await once.before(self._store, name, asked) if key else ""
            if done:
                await overlay.load([done])
                if overlay.ci(done) is None:
                    raise NotFound(f"The CI {done!r}, which the first request of this key founded, is gone.", subject=done)
                return done
            uid = await self._free(overlay, body, said)
            overlay.put(uid, claimed(None, uid, body.cls, PERSON, Claim(_identity(body, said), 0, said), cause.at))
            overlay.records[IMPORTED, uid] = Record(IMPORTED, uid, body.cls)
            self._feed.projector.imported = True
            for record in await once.to_remember(self._store, name, asked, uid) if key else ():
                overlay.records[record.space, record.key] = record
            return uid

        return await self._ci(cause, plan)

    async def _free(self, overlay: Overlay, body: Founding, said: Mapping[str, Value]) -> str:
        attributes = {name: value for name, value in said.items() if name in class_of(body.cls).attributes}
        sighting = Sighting(source=PERSON, key="", cls=body.cls, name=body.name, attributes=attributes)
        found = await identify(sighting, overlay.find)
        if found.candidates:
            there = found.candidates[0]
            why = f"{', '.join(found.by)} = {found.value}"
            raise AlreadyExists(f"{there.name} ({there.uid}) is there already, by {why}; change that one.", subject=there.uid)
        identity, again = _identity(body, said), 1
        while True:
            uid = new_uid(body.cls, PERSON, identity if again == 1 else f"{identity} {again}")
            await overlay.load([uid])
            if overlay.ci(uid) is None:
                return uid
            again += 1

    async def change(self, actor: Actor, uid: str, body: Edit, version: int | None = None) -> Ci:
        """State something, and take something back.  Raises NotFound, InvalidArgument, VersionConflict for another *version*."""
        return await self._say(actor, uid, lambda ci: changed(ci.cls, claim_of(ci).attributes, body), version)

    async def replace(self, actor: Actor, uid: str, body: Whole, version: int | None = None) -> Ci:
        """State just this.  Raises like `change`."""
        return await self._say(actor, uid, lambda ci: whole(ci.cls, body), version)

    async def tag(self, actor: Actor, uid: str, tag: str) -> Ci:
        """Add a tag; one that is there is left alone.  Raises NotFound."""
        return await self._say(actor, uid, lambda ci: _tagged(ci, tag))

    async def untag(self, actor: Actor, uid: str, tag: str) -> Ci:
        """Take a tag away.  Raises NotFound, InvalidState when another source states it."""
        return await self._say(actor, uid, lambda ci: _untagged(ci, tag))

    async def withdraw(self, actor: Actor, uid: str, version: int | None = None) -> Removed:
        """Take back all that people state of a CI; it goes when nobody else knows it.  Raises like `change`."""
        cause = _cause(actor)

        async def plan(overlay: Overlay) -> Removed:
            ci = await _there(overlay, uid, version)
            still = tuple(sorted(set(ci.sources) - {PERSON}))
            if PERSON in ci.sources:
                overlay.put(uid, claimed(ci, uid, ci.cls, PERSON, None, cause.at))
            if not still:
                overlay.records[IMPORTED, uid] = Record(IMPORTED, uid)
                return Removed(uid=uid, gone=True, detail="Nobody else states it.")
            return Removed(uid=uid, gone=False, still=still, detail=f"It stays: {', '.join(still)} state it.")

        return await self._feed.edit(cause, plan)

    async def _say(self, actor: Actor, uid: str, says: Says, version: int | None = None) -> Ci:
        cause = _cause(actor)

        async def plan(overlay: Overlay) -> str:
            ci = await _there(overlay, uid, version)
            after = with_claim(ci, says(ci), cause.at)
            if after is not ci:
                overlay.put(uid, after)
            return uid

        return await self._ci(cause, plan)

    async def _ci(self, cause: Cause, plan: Callable[[Overlay], Awaitable[str]]) -> Ci:
        used: list[Overlay] = []

        async def noted(overlay: Overlay) -> str:
            used[:] = [overlay]
            return await plan(overlay)

        uid = await self._feed.edit(cause, noted)
        found = used[0].written(uid)
        if found is None:
            raise NotFound(f"There is no CI {uid!r}.", subject=uid)
        return found

    # -- relations --------------------------------------------------------------------------------------------------------------

    async def relate(self, actor: Actor, uid: str, verb: str, target: str, body: Linking) -> Relation:
        """State a relation.  Raises NotFound for an end, InvalidArgument for one that is not declared or closes a circle."""
        cause = _cause(actor)
        key = uid, verb, target

        async def plan(overlay: Overlay) -> Relation | None:
            source, needed = await _there(overlay, uid), await _there(overlay, target)
            properties = checked_link(source, verb, needed, body.properties)
            await check_circle(self._store, source, verb, needed)
            overlay.relate(key, PERSON, properties, cause)
            return overlay.before_relations([key])[key]

        related = await self._feed.edit(cause, plan)
        assert related is not None  # noqa: S101 - a person states it
        return related

    async def unrelate(self, actor: Actor, uid: str, verb: str, target: str) -> Removed:
        """Take a relation back.  Raises NotFound when there is none."""
        cause = _cause(actor)
        key = uid, verb, target

        async def plan(overlay: Overlay) -> Removed:
            await _there(overlay, uid)
            await overlay.load([target])
            there = {one.key: one for one in await self._store.relations_of([uid], "out")} if verb in relation_types() else {}
            if key not in there:
                raise NotFound(f"There is no relation {uid} -{verb}-> {target}.", subject=uid)
            still = tuple(by for by in there[key].by if by != PERSON)
            if PERSON in there[key].by:
                overlay.relate(key, PERSON, None, cause)
            detail = f"It stays: {', '.join(still)} state it." if still else "Nobody else states it."
            return Removed(uid=uid, gone=not still, still=still, detail=detail)

        return await self._feed.edit(cause, plan)


def _cause(actor: Actor) -> Cause:
    return Cause(at=datetime.now(UTC), actor=actor, source=PERSON)


async def _there(overlay: Overlay, uid: str, version: int | None = None) -> Ci:
    await overlay.load([uid])
    found = overlay.ci(uid)
    if found is None:
        raise NotFound(f"There is no CI {uid!r}.", subject=uid)
    if version is not None and found.version != version:
        raise VersionConflict(f"{uid} has version {found.version}, not {version}: read it again.", subject=uid)
    return found


def _identity(body: Founding, said: Mapping[str, Value]) -> str:
    """What the CI is called by its first identifier that is stated whole."""
    for identifier in class_of(body.cls).identifiers:
        if all(name in said for name in identifier):
            return "\x1f".join(str(said[name]) for name in identifier)
    return body.name


def _tagged(ci: Ci, tag: str) -> Mapping[str, Value]:
    said = claim_of(ci).attributes
    return said if tag in ci.tags else {**said, TAGS: tuple(sorted({*_tags(said), tag}))}


def _untagged(ci: Ci, tag: str) -> Mapping[str, Value]:
    said = claim_of(ci).attributes
    others = sorted(name for name, claim in ci.sources.items() if name != PERSON and tag in _tags(claim.attributes))
    if others:
        raise InvalidState(f"The tag {tag!r} is stated by {', '.join(others)}; people cannot take it away.", subject=ci.uid, field="tag")
    left = tuple(one for one in _tags(said) if one != tag)
    return {**{name: value for name, value in said.items() if name != TAGS}, **({TAGS: left} if left else {})}


def _tags(said: Mapping[str, Value]) -> tuple[str, ...]:
    found = said.get(TAGS, ())
    return found if isinstance(found, tuple) else ()
