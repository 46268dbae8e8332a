"""Our operations' schemas beside the services' own: where the two differ in what they accept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from emulators.openstack.microversions import Range, Version
from emulators.openstack.service import Operation, Versioned
from emulators.openstack.validation import fits
from tests.contract.openstack import instances
from tests.contract.openstack.oracle import asked
from tests.contract.openstack.oracle.asked import Case, Entry

INSTANCES = 100
"""Instances for one pair of schemas."""


class Pair(NamedTuple):
    """An operation's schema in a microversion, and the service's own of the same."""

    operation: Operation
    kind: str
    version: Version | None
    ours: Mapping[str, Any] | None
    theirs: Entry

    @property
    def label(self) -> str:
        """The operation in words."""
        one = self.operation
        return " ".join(filter(None, (one.method, one.path, one.action, self.kind)))


class Difference(NamedTuple):
    """An instance that one of both accepts."""

    pair: Pair
    instance: Any
    ours: bool


def pairs(operation: Operation) -> Iterator[Pair]:
    """What can be compared of an operation: each of its schemas once, with each of the service's that it meets."""
    for kind, schema in (("body", operation.body), ("query", operation.query)):
        seen = set()
        for version in versions(operation, kind, schema):
            theirs = asked.find(operation.service.name, operation.method, operation.path, operation.action, kind, version)
            ours = in_force(schema, version)
            if theirs is not None and (id(ours), theirs.key) not in seen:
                seen.add((id(ours), theirs.key))
                yield Pair(operation, kind, version, ours, theirs)


def in_force(schema: Any, version: Version | None) -> Mapping[str, Any] | None:
    """A schema as it is at a microversion."""
    found: Mapping[str, Any] | None = schema.of(version) if isinstance(schema, Versioned) else schema
    return found


def versions(operation: Operation, kind: str, schema: Any) -> list[Version | None]:
    """The microversions at which ours or theirs begins to be another."""
    served = operation.service.microversions
    if served is None:
        return [None]
    begins = {served.lowest, operation.held.lowest}
    begins |= {held.lowest for held in schema} if isinstance(schema, Versioned) else set()
    begins |= {Version(*one.lowest) for one in asked.schemas(operation.service.name) if one.kind == kind}
    whole = Range(max(served.lowest, operation.held.lowest), min(served.highest, operation.held.highest))
    return [*sorted(version for version in begins if version in whole)]


def differences(compared: list[Pair]) -> list[Difference]:
    """Every instance on which an operation of one service and that service itself do not agree."""
    tried = [_tried(pair) for pair in compared]
    cases = [Case(pair.theirs.key, [_whole(pair, one) for one in made]) for pair, made in zip(compared, tried, strict=True)]
    verdicts = asked.judge(compared[0].operation.service.name, cases)
    found = []
    for pair, made, theirs in zip(compared, tried, verdicts, strict=True):
        for instance, accepted in zip(made, theirs, strict=True):
            ours = pair.ours is None or fits(pair.ours, instance)
            if accepted is not None and ours != accepted:
                found.append(Difference(pair, instance, ours))
    return found


def _tried(pair: Pair) -> list[Any]:
    """Instances made from both schemas: of an action, what stands beside its name; of a query, lists of texts."""
    theirs = pair.theirs.schema
    if pair.operation.action:
        theirs = theirs.get("properties", {}).get(pair.operation.action, {})
    made = [one for schema in (theirs, pair.ours) if schema for one in instances.tried(schema, INSTANCES // 2, pair.label)]
    return [one for one in made if _askable(one)] if pair.kind == "query" else made


def _whole(pair: Pair, instance: Any) -> Any:
    return {pair.operation.action: instance} if pair.operation.action else instance


def _askable(query: Any) -> bool:
    """Whether there can be such a query: names, each with one or more texts."""
    return isinstance(query, dict) and all(
        isinstance(values, list) and values and all(isinstance(value, str) for value in values) for values in query.values()
    )
