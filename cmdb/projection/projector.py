"""What changed of the engine's entities, brought into the graph.

The projector holds the mirror and the ledger; `changed` takes the news of one event and settles what follows from them in an
`Overlay`, which becomes one batch.  It writes nothing itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import structlog

from cmdb.history import Cause
from cmdb.identification import Identified, Sighting, identify, task_uid, tokens
from cmdb.model import Ci, Claim, attributes_of, is_a, relation_between
from cmdb.model.classes.work import DeDuplicationTask
from cmdb.projection import kinds  # noqa: F401 - importing registers the declarations
from cmdb.projection.declare import PROJECTED, PROJECTIONS, Link, Observation
from cmdb.projection.ledger import Held, Ledger, Stated, seek
from cmdb.projection.mirror import Known, Mirror, Reading, own_shape
from cmdb.projection.others import STATED, Others
from cmdb.projection.overlay import TASKS, Overlay
from cmdb.reconciliation import NAME, TAGS, claimed, new_uid
from cmdb.stores.port import GraphStore, Record
from dcsim.errors import InvalidArgument

log = structlog.get_logger(__name__)

ENTITIES: Final = "engine-entity"
"""The records of the mirror: by uid, what is known and which claims the entity holds."""
ALIASES: Final = "ci-alias"
"""Records of CIs that go by another uid than the one they would be founded with: they were there before, from an import."""
IMPORTED: Final = "ci-imported"
"""Records, by uid, of CIs that imports and people have founded; new entities are compared with them."""
DECISIONS: Final = "duplicate-decision"
"""Records, by task, of what people have decided: ``into`` is the CI that a source sees, empty for none of the candidates."""
MAX_ROUNDS: Final = 20
YIELD_EVERY: Final = 32


class Projector:
    """The state of the projection, as of the last batch.  After a batch that was not written it must be loaded again."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store
        self.mirror = Mirror()
        self._ledger = Ledger()
        self._aliases: dict[str, str] = {}
        self._decisions: dict[str, str] = {}
        self._tasks: dict[str, tuple[str, ...]] = {}
        self.imported = False
        """Whether others than the engine have founded CIs, with which new entities are compared."""

    async def load(self) -> None:
        """Read what the store has, forgetting everything else.  Raises StoreUnavailable."""
        self.mirror, self._ledger = Mirror(), Ledger()
        self._aliases = await self._store.records(ALIASES)
        self._decisions = {task: str(said["into"]) for task, said in (await self._store.records(DECISIONS)).items()}
        self.imported = bool(await self._store.records(IMPORTED))
        self._ledger.others.load(await self._store.records(STATED))
        claims: dict[str, tuple[Held, ...]] = {}
        for place, (uid, value) in enumerate((await self._store.records(ENTITIES)).items()):
            self.mirror.put(uid, msgspec.convert(value["known"], Known))
            claims[uid] = tuple(Held(*held) for held in value["claims"])
            await _breathe(place)
        self._tasks = {}
        async for chunk in self._store.scan(cls="DeDuplicationTask"):
            for task in chunk:
                self._tasks[task.uid] = _texts(task.attributes.get("candidates"))
        await self._remember(claims)

    async def _remember(self, claims: Mapping[str, tuple[Held, ...]]) -> None:
        """Bring the ledger to what follows from the claims that are in the graph."""
        for place, (uid, held) in enumerate(claims.items()):
            observations, _ = self._project(uid)
            self._ledger.hold(uid, held)
            self._bind(uid, observations, held)
            self._seek(uid, observations)
            await _breathe(place)
        for place, uid in enumerate(claims):
            self._ledger.state(uid, self._resolved(self._project(uid)[1]))
            await _breathe(place)
        for task, candidates in self._tasks.items():
            self._ledger.state(task, _concerns(task, candidates))

    def overlay(self) -> Overlay:
        """A new batch."""
        return Overlay(self._store, self._ledger)

    async def changed(self, overlay: Overlay, news: Mapping[str, Known | None], cause: Cause) -> None:
        """These entities are known to be so from now on (None: gone); settle all that follows."""
        dirty: set[str] = set()
        for uid, known in news.items():
            dirty |= {uid} | self._ledger.readers.who({uid} | self.mirror.put(uid, known))
        await self._settle_all(overlay, dirty, cause)
        for uid in news:
            self._record(overlay, uid)
        await overlay.reconnect(cause)
        overlay.close_event(cause)

    def foreseen(self, news: Mapping[str, Known | None]) -> list[str]:
        """The CIs that `changed` will ask for, as far as that can be told before: to be loaded together for many news."""
        entities = set(news) | self._ledger.readers.who(news)
        held = [held.ci for uid in entities for held in self._ledger.claims.get(uid, ())]
        new = (known for uid, known in news.items() if known and uid not in self._ledger.claims)
        return [*held, *(self._founded(one) for known in new for one in self._states(known)[0] if one.anchor)]

    async def follow(self, overlay: Overlay, cause: Cause) -> None:
        """Settle what follows from what others have changed in the overlay: whose identifiers or owners are other ones now."""
        changed: set[tuple[str, str]] = set()
        for before, after in overlay.touched:
            old, new = _tokens_of_ci(before), _tokens_of_ci(after)
            changed |= old ^ new if before and after and before.sources.keys() == after.sources.keys() else old | new
        await self._settle_all(overlay, self._ledger.seekers.who(seek(*token) for token in changed), cause)
        await overlay.reconnect(cause)
        overlay.close_event(cause)

    async def decide(self, overlay: Overlay, task: Ci, into: str | None, cause: Cause) -> None:
        """People have decided which CI a task is about (empty: none of its candidates), or (None) take that back."""
        if into is None:
            self._decisions.pop(task.uid, None)
        else:
            self._decisions[task.uid] = into
        overlay.records[DECISIONS, task.uid] = Record(DECISIONS, task.uid, None if into is None else {"into": into})
        entity = task.sources[TASKS].key.partition("/")[2].partition("/")[0]
        if entity in self.mirror:
            await self._settle_all(overlay, {entity}, cause)

    async def _settle_all(self, overlay: Overlay, dirty: set[str], cause: Cause) -> None:
        for _ in range(MAX_ROUNDS):
            if not dirty:
                return
            dirty = await self._settle(overlay, sorted(dirty), cause)
        log.error("projection.unsettled", entities=sorted(dirty), event_id=cause.event_id)

    @property
    def others(self) -> Others:
        """What people and imports state of relations."""
        return self._ledger.others

    def claims(self, ci: str, source: str) -> bool:
        """Whether an entity that is known holds this claim."""
        return self._ledger.speaker(ci, source) is not None

    # -- one round --------------------------------------------------------------------------------------------------------------

    async def _settle(self, overlay: Overlay, entities: list[str], cause: Cause) -> set[str]:
        """Bring the claims and links of these entities up to date; answers whom that concerns next."""
        projected = {}
        for place, uid in enumerate(entities):
            projected[uid] = self._project(uid)
            await _breathe(place)
        await overlay.load(self._concerned(projected))
        keys: set[str] = set()
        again: set[str] = set()
        for place, (uid, (observations, _)) in enumerate(projected.items()):
            named, sought = await self._claim(overlay, uid, observations, cause)
            keys |= named
            again |= sought
            await _breathe(place)
        for place, uid in enumerate(sorted({*entities, *self._ledger.linkers.who(keys)})):
            links = projected[uid][1] if uid in projected else self._project(uid)[1]
            self._link(overlay, uid, self._resolved(links), cause)
            await _breathe(place)
        return again

    def _project(self, uid: str) -> tuple[list[Observation], list[Link]]:
        """What an entity states, as declared; what it read and whom it names are noted."""
        observations, links, reads = self._states(self.mirror.known(uid))
        self._ledger.readers.put(uid, reads)
        self._ledger.linkers.put(uid, {key for link in links for key in (link.source, link.target)})
        return observations, links

    def _states(self, known: Known | None) -> tuple[list[Observation], list[Link], set[str]]:
        """What follows for an entity of which this is known, and what was read for that."""
        reading = Reading(self.mirror)
        shape = own_shape(known) if known else None
        statements = list(PROJECTIONS[known.kind].states(shape, reading)) if known and shape else []
        links = [one for one in statements if isinstance(one, Link) and one.source and one.target]
        return [one for one in statements if isinstance(one, Observation)], links, reading.reads

    def _concerned(self, projected: Mapping[str, tuple[list[Observation], list[Link]]]) -> list[str]:
        held = [held.ci for uid in projected for held in self._ledger.claims.get(uid, ())]
        return [*held, *(self._founded(one) for observations, _ in projected.values() for one in observations if one.anchor)]

    def _founded(self, seen: Observation) -> str:
        assert seen.anchor is not None  # noqa: S101 - asked for anchored ones only
        uid = new_uid(seen.cls, *seen.anchor)
        return self._aliases.get(uid, uid)

    # -- claims -----------------------------------------------------------------------------------------------------------------

    async def _claim(self, overlay: Overlay, entity: str, seen: list[Observation], cause: Cause) -> tuple[set[str], set[str]]:
        """Bring an entity's claims up to date; answers the keys that name another CI now, and the entities to settle next."""
        old = self._ledger.claims.get(entity, ())
        new: list[Held] = []
        for one in seen:
            ci = await self._whose(overlay, one, cause)
            if ci:
                new.append(Held(one.source, one.key, ci))
        self._ledger.hold(entity, tuple(new))
        self._seek(entity, seen)
        again: set[str] = set()
        by_key = {(one.source, one.key): one for one in seen}
        for held in dict.fromkeys([*old, *new]):
            again |= await self._speak(overlay, entity, held, by_key, cause)
        if tuple(new) != old:
            self._record(overlay, entity)
        return self._bind(entity, seen, tuple(new)), again - {entity}

    async def _speak(
        self, overlay: Overlay, entity: str, held: Held, seen: Mapping[tuple[str, str], Observation], cause: Cause
    ) -> set[str]:
        """Bring the claim of one source on one CI up to date; answers whom that concerns."""
        await overlay.load((held.ci,))
        speaker = self._ledger.speaker(held.ci, held.source)
        before = overlay.ci(held.ci)
        if speaker is None:
            after = claimed(before, held.ci, "", held.source, None, cause.at)
        elif speaker == (held.key, entity):
            one = seen[held.source, held.key]
            after = claimed(before, held.ci, one.cls, held.source, _claim_of(one, before, cause), cause.at)
        else:
            spoken = before.sources.get(held.source) if before else None
            return set() if spoken and spoken.key == speaker[0] else {speaker[1]}
        if after is before:
            return set()
        overlay.put(held.ci, after)
        changed = _tokens_of_ci(before) ^ _tokens_of_ci(after)
        return self._ledger.seekers.who(seek(*token) for token in changed)

    async def _whose(self, overlay: Overlay, seen: Observation, cause: Cause) -> str | None:
        """The CI that an observation is of; None while nobody can say, or it only adds to one that is not there."""
        sighting = Sighting(source=seen.source, key=seen.key, cls=seen.cls, name=seen.name, attributes=seen.attributes)
        decided = self._decisions.get(task_uid(seen.source, seen.key))
        if decided:
            await overlay.load((decided,))
            decided = decided if overlay.ci(decided) else None  # it is gone: the question is open again
        if seen.anchor is None:
            if decided is not None:
                return decided or None
            found = await identify(sighting, overlay.find, lambda ci: _by_others(ci, sighting))
            await self._task(overlay, sighting, found, cause)
            return found.ci.uid if found.ci else None
        uid = self._founded(seen)
        if decided and decided != uid:
            self._alias(overlay, uid, decided, seen.cls)
            return decided
        self._ledger.classes[uid] = seen.cls
        await overlay.load((uid,))
        if overlay.ci(uid) is None and self.imported and decided is None:
            found = await identify(sighting, overlay.find, lambda ci: not set(ci.sources) & set(PROJECTED) and is_a(ci.cls, seen.cls))
            await self._task(overlay, sighting, found, cause)
            if found.ci:
                self._alias(overlay, uid, found.ci.uid, seen.cls)
                await overlay.load((found.ci.uid,))
                return found.ci.uid
        return uid

    def _alias(self, overlay: Overlay, uid: str, real: str, cls: str) -> None:
        self._aliases[uid] = real
        self._ledger.classes[real] = cls
        overlay.records[ALIASES, uid] = Record(ALIASES, uid, real)
        overlay.records[IMPORTED, real] = Record(IMPORTED, real)

    def _seek(self, entity: str, seen: Iterable[Observation]) -> None:
        """Note by which values the entity's observations without an anchor are identified."""
        self._ledger.seekers.put(entity, [seek(*found) for one in seen if not one.anchor for found in _tokens_of(one)])

    def _bind(self, entity: str, seen: Iterable[Observation], held: Iterable[Held]) -> set[str]:
        cis = {(one.source, one.key): one.ci for one in held}
        bindings: dict[str, str] = {}
        for one in seen:
            ci = cis.get((one.source, one.key))
            if ci:
                bindings |= dict.fromkeys((one.key, *one.also), ci)
                if one.anchor:
                    self._ledger.classes[ci] = one.cls
        return self._ledger.bind(entity, bindings)

    async def _task(self, overlay: Overlay, sighting: Sighting, found: Identified, cause: Cause) -> None:
        """Open a de-duplication task when the answer is ambiguous; close one that nobody has decided when it is not any more."""
        uid = task_uid(sighting.source, sighting.key)
        if not found.ambiguous and uid not in self._tasks:
            return
        await overlay.load((uid,))
        ci = overlay.ci(uid)
        if ci is not None and ci.attributes.get("state") != "open":
            return
        candidates = tuple(candidate.uid for candidate in found.candidates) if found.ambiguous else ()
        claim = _task_claim(sighting, found, candidates) if candidates else None
        after = claimed(ci, uid, "DeDuplicationTask", TASKS, claim, cause.at)
        self._ledger.classes[uid] = "DeDuplicationTask"
        if after is not ci:
            overlay.put(uid, after)
        if candidates:
            self._tasks[uid] = candidates
        else:
            self._tasks.pop(uid, None)
        self._link(overlay, uid, _concerns(uid, candidates), cause)

    # -- links ------------------------------------------------------------------------------------------------------------------

    def _resolved(self, links: Iterable[Link]) -> tuple[Stated, ...]:
        """The links whose ends are there, between CIs."""
        found: dict[tuple[Any, str], Stated] = {}
        for link in links:
            source, target = self._ledger.binding(link.source), self._ledger.binding(link.target)
            if source and target and source != target and self._declared(source, link.type, target):
                found.setdefault(((source, link.type, target), link.by), Stated((source, link.type, target), link.by, link.properties))
        return tuple(found.values())

    def _declared(self, source: str, verb: str, target: str) -> bool:
        try:
            relation_between(self._ledger.classes[source], verb, self._ledger.classes[target])
        except InvalidArgument as error:
            log.warning("projection.undeclared_relation", source=source, type=verb, target=target, reason=error.message)
            return False
        return True

    def _link(self, overlay: Overlay, entity: str, links: tuple[Stated, ...], cause: Cause) -> None:
        before = overlay.before_relations({one.key for one in links} | self._ledger.stated_by(entity))
        self._ledger.state(entity, links)
        overlay.relations_changed(before, cause)

    # -- records ----------------------------------------------------------------------------------------------------------------

    def _record(self, overlay: Overlay, uid: str) -> None:
        known = self.mirror.known(uid)
        claims = [list(held) for held in self._ledger.claims.get(uid, ())]
        value = {"known": msgspec.to_builtins(known), "claims": claims} if known else None
        overlay.records[ENTITIES, uid] = Record(ENTITIES, uid, value)


def _claim_of(seen: Observation, before: Ci | None, cause: Cause) -> Claim:
    """The claim that an observation makes; the very one that is there when it says the same."""
    stated = dict(seen.attributes)
    if seen.name:
        stated[NAME] = seen.name
    if seen.tags:
        stated[TAGS] = seen.tags
    old = before.sources.get(seen.source) if before else None
    return old if old and old.key == seen.key and old.attributes == stated else Claim(seen.key, cause.sequence, stated)


def _task_claim(sighting: Sighting, found: Identified, candidates: tuple[str, ...]) -> Claim:
    task = DeDuplicationTask(
        candidates=candidates, identifier=", ".join(found.by), value=found.value, state="open",
        description=f"{sighting.source} sees a {sighting.cls} that may be any of {len(candidates)} CIs; people must say which one.",
    )  # fmt: skip
    name = f"{sighting.source} {sighting.name or sighting.key}"
    return Claim(f"{sighting.source}/{sighting.key}", 0, {NAME: name, **attributes_of(task)})


def _concerns(task: str, candidates: Iterable[str]) -> tuple[Stated, ...]:
    return tuple(Stated((task, "CONCERNS", candidate), TASKS, {}) for candidate in candidates)


def _by_others(ci: Ci, sighting: Sighting) -> bool:
    """Whether anybody but the one who asks has a claim on it."""
    return any(source != sighting.source or claim.key != sighting.key for source, claim in ci.sources.items())


def _tokens_of(seen: Observation) -> frozenset[tuple[str, str]]:
    return tokens(seen.cls, seen.name, seen.attributes)


def _tokens_of_ci(ci: Ci | None) -> frozenset[tuple[str, str]]:
    return tokens(ci.cls, ci.name, ci.attributes) if ci else frozenset()


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple | list) else ()


async def _breathe(place: int) -> None:
    """Let others have the loop now and then."""
    if place % YIELD_EVERY == YIELD_EVERY - 1:
        await asyncio.sleep(0)
