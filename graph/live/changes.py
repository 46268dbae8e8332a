"""What subscriptions deliver, as rows: events as they are, or changed objects with all that happened to each since the last time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

from dcsim.errors import InvalidArgument
from dcsim.security.tokens import Claims
from graph.execution.permissions import check
from graph.execution.relay import parse_id
from graph.execution.rows import Row
from graph.live.entries import Entry
from graph.live.filters import MOST, EventFilter, Wanted, scope_of

Rows: TypeAlias = Callable[[Sequence[Entry]], list[Row]]
"""What some events come to for one subscriber."""
CREATED, UPDATED, DELETED, GAP = "created", "updated", "deleted", "gap"
QUIET: Final = frozenset({"version", "updated"})
"""Fields that change with every change."""


class Source(Protocol):
    """What a field of the subscription root delivers."""

    settled: bool
    """Whether changes are gathered for a moment."""

    def open(self, arguments: Mapping[str, Any], claims: Claims, /) -> Rows:
        """For one subscriber.  Raises PermissionDenied, InvalidArgument."""
        ...

    def first(self, arguments: Mapping[str, Any], seq: str, /) -> list[Row]:
        """What is delivered before anything happens."""
        ...


class Events:
    """Every event that matches."""

    settled = False

    def open(self, arguments: Mapping[str, Any], claims: Claims) -> Rows:
        """For one subscriber."""
        given = arguments.get("filter")
        conditions = {name: getattr(given, name, None) or [] for name in EventFilter.__struct_fields__}
        if any(len(values) > MOST for values in conditions.values()):
            raise InvalidArgument(f"A condition has at most {MOST} values.", field="filter")
        wanted = Wanted(EventFilter(**conditions), claims)
        topics = conditions["topics"]
        for topic in topics:
            check(claims, (scope_of(topic),))
        return lambda entries: [event_row(entry) for entry in entries if wanted(entry)]

    def first(self, arguments: Mapping[str, Any], seq: str) -> list[Row]:
        """Nothing."""
        return []


class Changes:
    """Objects of one kind of the engine's that changed, or of a topic whose events' subjects are the objects (without *kind*)."""

    settled = True

    def __init__(self, topic: str, kind: str = "", *, prefix: str = "", type_name: str = "") -> None:
        self._topic = topic
        self._kind = kind
        self._prefix = prefix
        self._type_name = type_name

    def open(self, arguments: Mapping[str, Any], claims: Claims) -> Rows:
        """For one subscriber."""
        check(claims, (scope_of(self._topic),))
        ids = [arguments["id"]] if "id" in arguments else arguments.get("ids")
        if ids is not None and len(ids) > MOST:
            raise InvalidArgument(f"At most {MOST} ids.", field="ids")
        uids = frozenset(self._uid(one) for one in ids) if ids is not None else None
        return lambda entries: self._rows(entries, uids)

    def first(self, arguments: Mapping[str, Any], seq: str) -> list[Row]:
        """The one object that is watched as it is now, unless the subscription resumes: it may have changed for the last time already."""
        if "id" not in arguments or arguments.get("after"):
            return []
        nothing: dict[str, Any] = {"gap": None, "fields": [], "events": 0, "event": None}
        return [{"uid": self._uid(arguments["id"]), "seq": seq, "op": UPDATED, **nothing}]

    def _uid(self, given: str) -> str:
        """The uid of a global id."""
        type_name, uid = parse_id(given)
        if type_name != self._type_name:
            raise InvalidArgument(f"{given!r} is the id of a {type_name}, not of a {self._type_name}.", field="ids")
        return uid

    def _rows(self, entries: Sequence[Entry], uids: frozenset[str] | None) -> list[Row]:
        found: list[Row] = []
        gathered: dict[str, _Gathered] = {}
        for entry in entries:
            if entry.topic != self._topic:
                continue
            if entry.gap is not None:
                found += _told(gathered)
                gathered = {}
                found.append({"uid": "", "seq": entry.seq, "op": GAP, "gap": _gap_row(entry), "fields": [], "events": 0})
                continue
            for uid, op, fields in self._concerned(entry):
                if uids is None or uid in uids:
                    known = gathered.pop(uid, None) or _Gathered(op)
                    known.add(entry, op, fields)
                    gathered[uid] = known
        return found + _told(gathered)

    def _concerned(self, entry: Entry) -> Sequence[tuple[str, str, Sequence[str]]]:
        """Which objects an event is about: uid, what happened, fields that changed."""
        if self._kind:
            return [(one.uid, one.op, tuple(one.after or ())) for one in entry.touched if one.kind == self._kind]
        event = entry.event
        if not event.type.startswith(self._prefix):
            return ()
        verb = event.type.rpartition(".")[2]
        return ((event.subject, verb if verb in {CREATED, DELETED} else UPDATED, ()),)


class _Gathered:
    """What happened to one object."""

    def __init__(self, op: str) -> None:
        self.first = op
        self.op = op
        self.fields: dict[str, None] = {}
        self.count = 0
        self.last: Entry

    def add(self, entry: Entry, op: str, fields: Sequence[str]) -> None:
        self.op = DELETED if op == DELETED else CREATED if self.first == CREATED else op
        self.fields.update(dict.fromkeys(fields))
        self.count += 1
        self.last = entry

    def row(self, uid: str, seq: str) -> Row:
        event = self.last.event
        return {
            "uid": uid,
            "seq": seq,
            "op": self.op,
            "gap": None,
            "fields": sorted(self.fields.keys() - QUIET) if self.op == UPDATED else [],
            "events": self.count,
            "event": event_of(self.last),
            "type": event.type,
        }


def _told(gathered: Mapping[str, _Gathered]) -> list[Row]:
    """In order of what came last.  Of several objects that one event changed, only the last one's seq is after it: who resumes hears the
    others again rather than missing one."""
    rows: list[Row] = []
    items = list(gathered.items())
    for number, (uid, known) in enumerate(items):
        shares = number + 1 < len(items) and items[number + 1][1].last is known.last
        rows.append(known.row(uid, known.last.previous if shares else known.last.seq))
    return rows


def event_row(entry: Entry) -> Row:
    """The row of one delivery of `Events`."""
    gap = entry.gap is not None
    return {"uid": entry.seq, "seq": entry.seq, "gap": _gap_row(entry) if gap else None, "event": None if gap else event_of(entry)}


def _gap_row(entry: Entry) -> Row:
    assert entry.gap is not None  # noqa: S101 - callers looked
    return {"uid": entry.seq, "topic": entry.topic, "reason": entry.gap.reason}


def event_of(entry: Entry) -> Row:
    """An event as a row."""
    plain = entry.plain
    actor = {"uid": plain["id"], **_ACTOR, **plain.get("actor", {})}
    return {**_EVENT, **plain, "topic": entry.topic, "uid": plain["id"], "actor": actor}


_ACTOR: Final = {"principal": "system", "agent": "", "api": "", "operation": "", "request_id": ""}
_EVENT: Final = {"aggregate_sequence": 0, "causation_id": "", "site": "", "data": None}
