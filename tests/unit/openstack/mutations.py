"""Seeded requests that are almost right: paths, queries and bodies of every declared operation of a service, with something changed.

What an operation is declared with says what a right request is: its path's parameters, its body's and its query's schemas.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from emulators.openstack.service import Operation, Service

ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**63, 10**30, "", " ", "x" * 256, "x" * 70_000, "\x00", "ünïcödé 🎻", "../..", "%s%n", "'; --",
    "null", "0" * 32, "default", "system", [], {}, [[]], {"id": None}, {"id": {"id": []}}, ["a"] * 300, {"a": {"b": {"c": [1, 2]}}},
)  # fmt: skip
KEPT: Final = 8
RARELY: Final = 0.7
METHODS: Final = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD")
QUERIES: Final = (
    "limit",
    "marker",
    "name",
    "name__contains",
    "sort_key",
    "sort_dir",
    "enabled",
    "domain_id",
    "fields",
    "id",
    "tags",
    "status",
)
BODIES: Final = (b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a":' * 2000, b"1e999", b'{"a":"\\ud800"}', b"[" * 100_000)


class Wild(NamedTuple):
    """A request as it goes out; exactly one of ``json`` and ``data`` counts when there is a body."""

    method: str
    path: str
    json: Any = None
    data: bytes | None = None


class Mutations:
    """Draws requests.  ``known`` are ids by the names of the paths' parameters, so that many requests are about what there is."""

    def __init__(self, service: Service, known: Mapping[str, Sequence[str]], seed: int) -> None:
        self._random = random.Random(seed)
        self._service = service
        self._known = {name: list(ids) for name, ids in known.items()}
        self._every = [one for ids in known.values() for one in ids]

    def draw(self) -> Wild:
        """The next request."""
        operation = self._random.choice(self._service.operations)
        if operation.method == "DELETE" and self._random.random() < RARELY:  # else there would soon be nothing left
            return self.draw()
        method = operation.method if self._random.random() < 0.95 else self._random.choice(METHODS)
        path = self._path(operation) + self._query()
        if method in ("GET", "HEAD", "DELETE"):
            return Wild(method, path)
        if self._random.random() < 0.05:
            return Wild(method, path, data=self._random.choice(BODIES))
        return Wild(method, path, json=self._body(operation))

    def learn(self, body: Any) -> None:
        """Remember what an answer says there is now: ``{"user": {"id": ...}}`` for ``user_id``, in the place of something older."""
        for noun, thing in body.items() if isinstance(body, dict) else ():
            if isinstance(thing, dict) and isinstance(thing.get("id"), str):
                ids = self._known.setdefault(f"{noun}_id", [])
                if len(ids) < KEPT:
                    ids.append(thing["id"])
                else:
                    ids[self._random.randrange(KEPT)] = thing["id"]

    def _path(self, operation: Operation) -> str:
        return self._service.prefix + "/".join(map(self._segment, operation.template.split("/")))

    def _segment(self, part: str) -> str:
        if not part.startswith("{"):
            return part
        name, chance = part[1:-1].removesuffix(":path"), self._random.random()
        if chance < 0.9 and self._known.get(name):
            return quote(self._random.choice(self._known[name]), safe="")
        if chance < 0.95:
            return quote(self._random.choice(self._every), safe="")
        return quote(str(self._random.choice(ODD))[:300], safe="") or "x"

    def _query(self) -> str:
        if self._random.random() < 0.7:
            return ""
        pairs = [
            (self._random.choice(QUERIES), str(self._odd(self._random.choice(self._every)))[:300])
            for _ in range(self._random.randint(1, 3))
        ]
        return "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)

    def _body(self, operation: Operation) -> Any:
        schema = operation.body
        if schema is not None and not isinstance(next(iter(schema), ""), str):
            schema = self._random.choice(list(schema.values()))  # by microversion
        body = self.example(schema) if schema is not None else {}
        if operation.action:
            body = {operation.action: body}
        for _ in range(self._random.choice((0, 0, 1, 1, 1, 2))):
            body = self._changed(body)
        return body

    def example(self, schema: Any, name: str = "") -> Any:
        """Something that (more or less) fits a schema."""
        if "enum" in schema:
            return self._random.choice(list(schema["enum"]))
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                return self.example(self._random.choice(schema[choice]), name)
        kind = schema.get("type", "object")
        kind = kind if isinstance(kind, str) else self._random.choice(kind)
        if kind == "object":
            properties = {**schema.get("properties", {})}
            needed = set(schema.get("required", ()))
            return {key: self.example(inner, key) for key, inner in properties.items() if key in needed or self._random.random() < 0.5}
        if kind == "array":
            return [self.example(schema.get("items", {"type": "string"}), name) for _ in range(self._random.choice((0, 1, 1, 2)))]
        return self._scalar(kind, name)

    def _scalar(self, kind: str, name: str) -> Any:
        if kind in ("integer", "number"):
            return self._random.choice((0, 1, 2, 10, 500))
        if kind in ("boolean", "null"):
            return self._random.random() < 0.5 if kind == "boolean" else None
        known = self._known.get(name)
        if known and self._random.random() < 0.8:
            return self._random.choice(known)
        return self._random.choice((f"{name}-{self._random.randint(0, 10**6)}", self._random.choice(self._every), "a", "x y"))

    def _changed(self, body: Any) -> Any:
        """The body with one place in it changed."""
        if isinstance(body, dict) and body and self._random.random() < 0.85:
            key = self._random.choice(list(body))
            chance = self._random.random()
            if chance < 0.1:
                return {name: value for name, value in body.items() if name != key}
            if chance < 0.2:
                return body | {str(self._odd("extra"))[:300]: self._odd(1)}
            return body | {key: self._changed(body[key])}
        if isinstance(body, list) and body and self._random.random() < 0.7:
            place = self._random.randrange(len(body))
            return [*body[:place], self._changed(body[place]), *body[place + 1 :]]
        return self._odd(body)

    def _odd(self, usual: Any) -> Any:
        return self._random.choice(ODD) if self._random.random() < 0.6 else usual
