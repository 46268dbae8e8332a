"""How vCenter tells where in a request it stopped: the innermost trouble first, then one paragraph for each construct around it.

    Cannot parse "many" as an int value

    while parsing serialized value of type int
    at line 1, column 710

    while parsing property "key" of static type int
    ...

Readers raise ``Misfit`` with the trouble and let each caller add its paragraph; positions are worked out only when an answer is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.parsers import expat

from lxml import etree

from emulators.vsphere.soap.faults import VimFault, echo, invalid_request, invalid_type

Paragraph = tuple[str, "etree._Element | None"]
"""Its first line, and the element whose position it tells."""


class Misfit(Exception):
    """A piece of a request does not fit its type; never leaves this package.

    ``unknown_type`` makes it vmodl.fault.InvalidType instead of InvalidRequest.
    """

    def __init__(self, trouble: str, *, unknown_type: bool = False) -> None:
        super().__init__(trouble)
        self.trouble = trouble
        self.unknown_type = unknown_type
        self.paragraphs: list[Paragraph] = []
        self._path: list[str] = []

    def within(self, line: str, element: etree._Element | None = None) -> Misfit:
        """Add the paragraph of the construct around; returns self, to be raised again."""
        self.paragraphs.append((line, element))
        return self

    def inside(self, name: str, line: str | None) -> Misfit:
        """The trouble is inside the property or parameter ``name``; ``line`` is its paragraph, if it has one."""
        self._path.append(name)
        return self if line is None else self.within(line)

    def fault(self, body: bytes | None) -> VimFault:
        """The fault to answer with; ``body`` is the request as received."""
        places = _positions(body, [element for _, element in self.paragraphs if element is not None])
        lines = [self.trouble]
        for text, element in self.paragraphs:
            lines.append(text if element is None else f"{text}\nat line {places[element][0]}, column {places[element][1]}")
        message = "\n\n".join(lines)
        return invalid_type(message, ".".join(reversed(self._path)) or None) if self.unknown_type else invalid_request(message)


def split_tag(tag: Any) -> tuple[str, str]:
    """(namespace or "", local name) of an element's tag.

    Unlike ``etree.QName`` this takes what libxml2 lets pass: ``x:name`` with an undeclared prefix stays whole, and matches nothing.
    """
    namespace, brace, name = str(tag).rpartition("}")
    return (namespace[1:], name) if brace else ("", name)


def local_name(tag: Any) -> str:
    """The local name of an element's tag."""
    return split_tag(tag)[1]


def unexpected(tag: Any) -> Misfit:
    """An element that may not stand where it does."""
    return Misfit(f'Unexpected element tag "{echo(local_name(tag))}" seen')


def _positions(body: bytes | None, elements: Iterable[etree._Element]) -> dict[etree._Element, tuple[int, int]]:
    """Line (from 1) and column (from 0) where each element's start tag begins."""
    wanted = list(elements)
    found = {element: (_line(element), 0) for element in wanted}
    if body is None or not wanted:
        return found
    numbers = {element: number for number, element in enumerate(wanted[0].getroottree().getroot().iter()) if element in found}
    places = _start_tags(body, set(numbers.values()))
    return found | {element: places[number] for element, number in numbers.items() if number in places}


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return int(line or 1)


def _start_tags(body: bytes, numbers: set[int]) -> dict[int, tuple[int, int]]:
    """Positions of the start tags with these ordinals.  The body has passed the hardened parser before, so it has no DOCTYPE."""
    places: dict[int, tuple[int, int]] = {}
    count = 0
    parser = expat.ParserCreate("utf-8")

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal count
        if count in numbers:
            places[count] = (parser.CurrentLineNumber, parser.CurrentColumnNumber)
        count += 1

    parser.StartElementHandler = start
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        return places  # what libxml2 took and expat does not: the lines of lxml will do
    return places
