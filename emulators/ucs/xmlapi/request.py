"""Reading a request: one method element, with the attributes and elements that its metadata names and no others."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from lxml import etree

from dcsim.xml import MalformedXml, XmlLimits, parse_async
from emulators.ucs.refusals import Refusal, malformed
from emulators.ucs.schema.metadata import Parameter, Schema

MAX_BODY: Final = 16 * 1024 * 1024
LIMITS: Final = XmlLimits(max_bytes=MAX_BODY, max_depth=64, max_elements=100_000, max_attributes=512)
ANSWERED: Final = frozenset({"response", "errorCode", "errorDescr", "invocationResult", "commandId"})
"""Attributes of answers that clients may send back."""


_SMALL: Final = 4096
_KEPT: Final = 512
_UNKEPT: Final = "aaa"
"""Methods whose names begin so have passwords and tokens in their bodies, which are not kept."""


class Request(msgspec.Struct, frozen=True):
    """A method that is called: its attributes, and its element for the parameters that are elements; neither is ever changed.

    ``heads`` keeps the start tag that it was answered with.
    """

    method: str
    attributes: dict[str, str]
    root: etree._Element
    heads: dict[Any, bytes] = msgspec.field(default_factory=dict)

    @property
    def cookie(self) -> str:
        """The session's cookie; empty when there is none."""
        return self.attributes.get("cookie", "")

    def get(self, name: str, default: str = "") -> str:
        """An attribute's value."""
        return self.attributes.get(name, default)

    def flag(self, name: str) -> bool:
        """A boolean attribute, false when absent; a Refusal for what is neither."""
        value = self.attributes.get(name, "false")
        if value not in _FLAGS:
            raise _no_boolean(self.method, name, value)
        return _FLAGS[value]

    def required(self, name: str) -> str:
        """An attribute that must be there; a Refusal when it is missing or empty."""
        value = self.attributes.get(name, "")
        if not value:
            raise malformed(f"Element '{self.method}': The attribute '{name}' is required but missing")
        return value

    def elements(self, name: str) -> list[etree._Element]:
        """What is inside the parameter element of that name; empty when it is absent."""
        found = self.root.find(name)
        return [] if found is None else list(found)


_FLAGS: Final = {"true": True, "yes": True, "1": True, "True": True, "false": False, "no": False, "0": False, "False": False, "": False}
_BOOLEANS: Final = frozenset({"inErrorOnExisting", "inHierarchical", "inRecursive", "inReturnConfigs", "inSingleLevel"})


def _no_boolean(method: str, name: str, value: str) -> Refusal:
    return malformed(f"Element '{method}', attribute '{name}': '{value[:80]}' is not a boolean")


class Reader:
    """Reads bodies; small ones that come again and again only once."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._known: dict[bytes, Request] = {}

    def known(self, body: bytes) -> Request | None:
        """The request in a body that has been read before; None for one that must be read."""
        return self._known.get(body)

    async def read(self, body: bytes) -> Request:
        """The request in a body; a Refusal (594) when it is not well-formed, or no method of the schema."""
        found = self._known.get(body)
        if found is None:
            found = await read(body, self._schema)
            if len(body) <= _SMALL and not found.method.startswith(_UNKEPT):
                if len(self._known) >= _KEPT:
                    del self._known[next(iter(self._known))]
                self._known[body] = found
        return found


async def read(body: bytes, schema: Schema) -> Request:
    """The request in a body; a Refusal (594) when it is not well-formed, or no method of the schema."""
    try:
        root = await parse_async(body.strip(), LIMITS)
    except MalformedXml as error:
        raise malformed(error.message) from error
    name = str(root.tag)
    parameters = schema.methods.get(name)
    if parameters is None:
        raise malformed(f"No such XML API method by name {name[:80]}")
    known = {one.name: one for one in parameters}
    _check_attributes(root, known)
    _check_elements(root, known)
    return Request(name, {str(key): str(value) for key, value in root.attrib.items()}, root)


def _check_attributes(root: etree._Element, known: dict[str, Parameter]) -> None:
    for attribute, value in root.attrib.items():
        if attribute in _BOOLEANS and value not in _FLAGS:  # said before anything is done
            raise _no_boolean(str(root.tag), str(attribute), str(value))
        parameter = known.get(str(attribute))
        if (parameter is None or parameter.is_element) and attribute not in ANSWERED:
            raise malformed(f"Element '{root.tag}', attribute '{str(attribute)[:80]}': The attribute is not allowed")


def _check_elements(root: etree._Element, known: dict[str, Parameter]) -> None:
    seen: set[str] = set()
    for child in root:
        name = str(child.tag)
        parameter = known.get(name)
        if parameter is None or not parameter.is_element or not parameter.is_input or name in seen:
            raise malformed(f"Element '{name[:80]}': This element is not expected in '{root.tag}'")
        seen.add(name)
