"""Filters: ``inFilter`` as a predicate over objects.

Property filters (eq ne gt ge lt le bw wcard anybit allbits) hold for objects of their class only; and, or and not combine filters.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import re2
from lxml import etree

from emulators.ucs.mit.node import Node
from emulators.ucs.refusals import malformed
from emulators.ucs.schema.abstract import concrete
from emulators.ucs.schema.metadata import Property, Schema
from emulators.ucs.schema.validation import BOUNDS

Predicate = Callable[[Node], bool]
Test = Callable[[str], bool]
Compare = Callable[[Any, Any], bool]
MOST: Final = 1000
"""Filters within one."""
_MOST_PATTERN: Final = 1000
_MOST_DIGITS: Final = 64
_ORDER: Final[dict[str, Compare]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
}
_NUMERIC: Final = frozenset({*BOUNDS, "float"})


def predicate(found: Sequence[etree._Element], schema: Schema) -> Predicate | None:
    """What the children of ``inFilter`` ask for; None when they ask for nothing.  A Refusal (594) for what is no filter."""
    if not found:
        return None
    if len(found) > 1:
        raise malformed("Element 'inFilter': only one filter is expected")
    if sum(1 for _ in found[0].iter()) > MOST:
        raise malformed(f"Element 'inFilter': more than {MOST} filters")
    return _filter(found[0], schema)


def _filter(element: etree._Element, schema: Schema) -> Predicate:
    name = str(element.tag)
    if name in {"and", "or", "not"}:
        return _composite(name, [_filter(child, schema) for child in element])
    if len(element):
        raise malformed(f"Element '{name[:80]}': it may have no elements inside")
    class_ids, prop = _subject(element, schema)
    return _of(class_ids, prop.name, _test(element, name, prop.type))


def _composite(name: str, parts: list[Predicate]) -> Predicate:
    if not parts or (name == "not" and len(parts) != 1):
        raise malformed(f"Element '{name}': Missing child element(s)")
    if name == "not":
        only = parts[0]
        return lambda node: not only(node)
    every = all if name == "and" else any
    return lambda node: every(part(node) for part in parts)


def _subject(element: etree._Element, schema: Schema) -> tuple[frozenset[str], Property]:
    """The classes and the property that a filter is about."""
    class_id, name = _attribute(element, "class"), _attribute(element, "property")
    metas = concrete(schema, class_id)
    for meta in metas:
        if name in meta.props:
            return frozenset(meta.id for meta in metas), meta.props[name]
    raise malformed(f"unknown property {name[:80]}, class {class_id}")


def _attribute(element: etree._Element, name: str, as_ucsmsdk_writes: str = "") -> str:
    value = element.get(name) or element.get(as_ucsmsdk_writes or name)
    if value is None:
        raise malformed(f"Element '{str(element.tag)[:80]}': The attribute '{name}' is required but missing")
    return str(value)


def _of(class_ids: frozenset[str], name: str, test: Test) -> Predicate:
    def holds(node: Node) -> bool:
        if node.class_id not in class_ids:
            return False
        value = node.get(name)
        return value is not None and test(value)

    return holds


def _test(element: etree._Element, name: str, kind: str) -> Test:
    if name in _ORDER:
        return _compared(_ORDER[name], _attribute(element, "value"), kind)
    match name:
        case "bw":
            above = _compared(operator.ge, _attribute(element, "firstValue", "first_value"), kind)
            below = _compared(operator.le, _attribute(element, "secondValue", "second_value"), kind)
            return lambda value: above(value) and below(value)
        case "wcard":
            return _matching(_attribute(element, "value"))
        case "anybit" | "allbits":
            wanted = frozenset(_attribute(element, "value").split(","))
            if name == "anybit":
                return lambda value: not wanted.isdisjoint(value.split(","))
            return lambda value: wanted.issubset(value.split(","))
        case _:
            raise malformed(f"Element '{name[:80]}': This element is not expected in 'inFilter'")


def _compared(compare: Compare, wanted: str, kind: str) -> Test:
    """Numbers are compared as numbers, text as text; an object whose number is none, such as ``N/A``, is neither more nor less."""
    exact = compare in {operator.eq, operator.ne}
    number = _number(wanted)
    if number is None or (exact and kind not in _NUMERIC):
        return lambda value: compare(value, wanted)

    def test(value: str) -> bool:
        own = _number(value)
        if own is None:
            return exact and compare(value, wanted)
        return compare(own, number)

    return test


def _number(text: str) -> Decimal | None:
    if len(text) > _MOST_DIGITS:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _matching(pattern: str) -> Test:
    """A regular expression that is to be found somewhere in the value."""
    if len(pattern) > _MOST_PATTERN:
        raise malformed(f"Element 'wcard': a pattern of more than {_MOST_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise malformed(f"Element 'wcard': {pattern[:80]} is not a regular expression") from error
    return lambda value: compiled.search(value) is not None
