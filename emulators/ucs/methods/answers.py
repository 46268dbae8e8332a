"""Putting objects into answers: alone, or with everything under them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from lxml import etree

from emulators.ucs.call import Call
from emulators.ucs.mit.node import Node
from emulators.ucs.mit.pace import Pace
from emulators.ucs.mit.tree import Tree
from emulators.ucs.refusals import malformed
from emulators.ucs.schema.abstract import concrete
from emulators.ucs.xmlapi.encode import closing, element, opening
from emulators.ucs.xmlapi.filters import Predicate, predicate

MOST_NAMES: Final = 10_000
"""DNs or classes that one request may name."""


async def whole(tree: Tree, node: Node) -> bytes:
    """An object's element with all that is under it."""
    return b"".join([piece async for piece in _pieces(tree, node, node.element, Pace())])


async def _pieces(tree: Tree, node: Node, own: bytes, pace: Pace) -> AsyncIterator[bytes]:
    await pace.step()
    children = tree.children(node.dn)
    if not children:
        yield own
        return
    yield own[:-2] + b"> "
    for child in children:
        async for piece in _pieces(tree, child, child.nested_element, pace):
            yield piece
        yield b" "
    yield node.end


async def elements(call: Call, nodes: Iterable[Node]) -> list[bytes]:
    """Objects as the request wants them: with what is under them when ``inHierarchical`` is set."""
    if not call.request.flag("inHierarchical"):
        return [node.element for node in nodes]
    return [await whole(call.tree, node) for node in nodes]


async def config_set(call: Call, nodes: Iterable[Node], name: str = "outConfigs") -> list[bytes]:
    """A parameter element with objects in it."""
    found = await elements(call, nodes)
    return [opening(name), b" ".join(found), b" " if found else b"", closing(name)]


async def one_config(call: Call, node: Node | None, name: str = "outConfig") -> list[bytes]:
    """A parameter element with an object in it, if there is one."""
    start, end = opening(name), closing(name)
    if node is None:
        return [start, end]
    return [start, await whole(call.tree, node) if call.request.flag("inHierarchical") else node.element, b" ", end]


def dn_set(dns: Iterable[str], name: str) -> list[bytes]:
    """A parameter element with DNs in it."""
    return [opening(name), *(element("dn", {"value": dn}) + b" " for dn in dns), closing(name)]


def filtered(call: Call, nodes: Sequence[Node]) -> Sequence[Node]:
    """The objects for which the request's ``inFilter`` holds."""
    wanted = wanted_by(call)
    return nodes if wanted is None else [node for node in nodes if wanted(node)]


def wanted_by(call: Call) -> Predicate | None:
    """The request's ``inFilter``; None when it has none."""
    return predicate(call.request.elements("inFilter"), call.schema)


async def of_class(call: Call, class_id: str) -> list[Node]:
    """Every object of a class, or of those that an abstract one stands for."""
    class_ids = [meta.id for meta in concrete(call.schema, class_id)]
    await call.tree.prepare(class_ids)
    return [node for one in class_ids for node in call.tree.of_class(one)]


def values(call: Call, parameter: str, tag: str) -> list[str]:
    """The ``value`` attributes in a parameter such as ``inDns``; a Refusal (594) for anything else in it."""
    found = call.request.elements(parameter)
    if len(found) > MOST_NAMES:
        raise malformed(f"Element '{parameter}': more than {MOST_NAMES} elements")
    return [_value(one, parameter, tag) for one in found]


def _value(one: etree._Element, parameter: str, tag: str) -> str:
    value = one.get("value")
    if one.tag != tag or value is None:
        raise malformed(f"Element '{str(one.tag)[:80]}': This element is not expected in '{parameter}'")
    return str(value)
