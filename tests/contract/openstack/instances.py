"""Instances to try schemas with: examples that fit one, and what comes of changing them in one place."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

UUID = "4f2a7b1e-9c0d-4e5f-8a6b-1c2d3e4f5a6b"
TEXTS: tuple[str, ...] = (
    "x",
    "1",
    "10.0.0.5",
    "2001:db8::5",
    "10.0.0.0/24",
    UUID,
    UUID.replace("-", ""),
    "2026-01-02T03:04:05Z",
    "http://example.test/x",
)
TEXTS += ("dGVzdA==", "true", "CUSTOM_THING", "VCPU", "a" * 16, "name-1", "host@backend#pool", "00:11:22:33:44:55", "12", "auto", "ssh")
FORMATS = {
    "uuid": UUID,
    "date-time": "2026-01-02T03:04:05Z",
    "uri": "http://example.test/x",
    "base64": "dGVzdA==",
    "email": "a@example.test",
    "ipv4": "10.0.0.5",
    "ip-address": "10.0.0.5",
    "ipv6": "2001:db8::5",
    "cidr": "10.0.0.0/24",
    "hostname": "example.test",
}
WRONG: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.5, 2**31, "", " ", "x", " x", "x ", "1", "-1", "true", "x" * 255, "x" * 256, "é", "a\nb", "\x00"),
    *([], {}, [None], ["x"], {"x": "y"}, UUID),
)
"""What is put in the place of each value."""
UNKNOWN = "not_an_attribute"
DEEP = 12


def examples(schema: Any, depth: int = 0) -> Iterator[Any]:
    """Instances that a schema is meant for: a small one, a full one, and one a choice.  Not all need fit: they are judged anyway."""
    if not isinstance(schema, Mapping) or depth > DEEP:
        yield "x"
    elif "const" in schema or "enum" in schema:
        yield from schema.get("enum", [schema.get("const")])[:3]
    elif any(choice in schema for choice in ("oneOf", "anyOf", "allOf")):
        yield from _choices(schema, depth)
    else:
        kinds = schema.get("type", _guess(schema))
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            yield from _of_type(kind, schema, depth)


def _guess(schema: Mapping[str, Any]) -> str:
    return "object" if "properties" in schema or "patternProperties" in schema else "array" if "items" in schema else "string"


def _choices(schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
    rest = {key: value for key, value in schema.items() if key not in {"oneOf", "anyOf", "allOf"}}
    for choice in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        merged = {**rest, **choice} if isinstance(choice, Mapping) else rest
        if isinstance(rest.get("properties"), Mapping) and isinstance(choice, Mapping):
            merged["properties"] = {**rest["properties"], **choice.get("properties", {})}
        yield from itertools.islice(examples(merged, depth + 1), 2)


def _of_type(kind: str, schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
    if kind == "object":
        yield from _objects(schema, depth)
    elif kind == "array":
        yield from _arrays(schema, depth)
    elif kind == "string":
        yield _text(schema)
    else:
        lowest = schema.get("minimum", 1)
        plain = {"integer": lowest, "number": lowest, "boolean": True, "null": None}
        yield plain.get(kind)


def _objects(schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
    properties: Mapping[str, Any] = schema.get("properties", {})
    full = {name: _first(value, depth) for name, value in properties.items()}
    for pattern, value in schema.get("patternProperties", {}).items():
        full |= {text: _first(value, depth) for text in TEXTS[:1] if re.search(pattern, text)}
    small = {name: full[name] for name in schema.get("required", ()) if name in full}
    yield small
    yield full
    for name, value in properties.items():
        for choice in itertools.islice(examples(value, depth + 1), 1, 4):
            yield {**small, name: choice}


def _arrays(schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
    items = schema.get("items", {})
    one = _first(items if isinstance(items, Mapping) else {}, depth)
    yield [one] * max(1, schema.get("minItems", 1))


def _first(schema: Any, depth: int) -> Any:
    return next(iter(examples(schema, depth + 1)), "x")


def _text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    pattern, shortest = schema.get("pattern"), schema.get("minLength", 0)
    fitting = (text for text in TEXTS if len(text) >= shortest and (pattern is None or re.search(str(pattern), text)))
    return next(fitting, "x" * max(1, shortest))


def changed(instance: Any) -> Iterator[Any]:
    """The instance with one thing changed, for every thing in it: taken away, added, or of another kind."""
    yield from (wrong for wrong in WRONG if wrong != instance)
    if isinstance(instance, dict):
        yield {**instance, UNKNOWN: 1}
        for name, value in instance.items():
            yield {other: kept for other, kept in instance.items() if other != name}
            yield from ({**instance, name: new} for new in changed(value))
    elif isinstance(instance, list):
        yield [*instance, *instance]
        for place, value in enumerate(instance[:1]):
            yield from ([*instance[:place], new, *instance[place + 1 :]] for new in changed(value))


def tried(schema: Mapping[str, Any], most: int, seed: str) -> list[Any]:
    """Up to so many instances for a schema: all its examples, then changed ones by the seed."""
    whole = list(itertools.islice(examples(schema), most // 4))
    rest = [new for one in whole[:3] for new in itertools.islice(changed(one), 5_000)]
    random.Random(seed).shuffle(rest)
    return [*whole, *rest[: most - len(whole)]]
