"""Thousands of almost right requests to a service with microversions: each is answered, none with an error of ours."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from emulators.openstack.microversions import parse
from emulators.openstack.service import Operation, Service
from tests.unit.openstack.mutations import Mutations
from tests.unit.openstack.stack import Client

REQUESTS: Final = 10_000


class Asking(Mutations):
    """Mutations whose queries use the parameters that the service has."""

    def __init__(self, service: Service, known: Mapping[str, Sequence[str]], seed: int, queries: Mapping[str, Sequence[str]]) -> None:
        super().__init__(service, known, seed)
        self._queries = queries
        self._drawn: Operation | None = None

    def version(self, versions: Sequence[str]) -> str:
        """A microversion to ask in: mostly one that has the operation that was drawn last."""
        held = [one for one in versions if self._drawn is None or parse(one) in self._drawn.held]
        return self._random.choice(held if held and self._random.random() < 0.8 else versions)

    def _path(self, operation: Operation) -> str:
        self._drawn = operation
        return super()._path(operation)

    def _query(self) -> str:
        if self._random.random() < 0.5:
            return ""
        pairs = []
        for name in self._random.sample(list(self._queries), self._random.randint(1, 3)):
            usual = self._random.choice(self._queries[name])
            pairs.append((name, str(usual if self._random.random() < 0.7 else self._odd(usual))[:300]))
        return "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)


def part_of(service: Service, wanted: Callable[[Operation], bool]) -> Service:
    """The service with some of its operations only."""
    return dataclasses.replace(service, operations=[one for one in service.operations if wanted(one)])


async def storm(wild: Asking, word: str, versions: Sequence[str], clients: Sequence[Client]) -> dict[int, int]:
    """Send the requests, each in one of the microversions; how often each status was answered."""
    statuses: dict[int, int] = {}
    for number in range(REQUESTS):
        one, version = wild.draw(), wild.version(versions)
        who = clients[0] if number % 5 else clients[-1]
        headers: dict[str, Any] = {"Content_Type": "application/json", "OpenStack_API_Version": f"{word} {version}"}
        answer = await who(one.method, one.path, one.json, data=one.data, **headers)
        wild.learn(answer.body)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        assert answer.status < 500 or answer.status == 501, f"{number}: {one} in {version}: {answer.data[:500]!r}"
    return statuses
