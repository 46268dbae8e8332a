"""Parsing XML from strangers: UTF-8 only, no DOCTYPE, no entities, no network, and bounded size, depth, elements and attributes.

Limits are checked on the bytes before libxml2 builds anything where that is possible, because a small body can still cost
much: 100,000 attributes on one element take 50 ms to parse, and are refused here in a few.
"""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

import msgspec
from lxml import etree

from dcsim.errors import InvalidArgument

LARGE: Final = 64 * 1024
"""Bodies above this many bytes are parsed off the event loop."""

# Possessive quantifiers throughout: a hostile document must not make the scanner itself backtrack.
_PROLOG_ITEM = re.compile(rb"\s++|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_START_TAG = re.compile(rb"<(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_QUOTED = re.compile(rb"\"[^\"]*+\"|'[^']*+'")
_SKIPPED: Final = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"), (b"</", b">"))


class MalformedXml(InvalidArgument):
    """The document is not well-formed, or exceeds a limit; the message says which."""

    code = "malformed-xml"


class XmlLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a document may have: bytes, levels of nesting (libxml2's own cap is 256), elements, and attributes of one element."""

    max_bytes: int = 16 * 1024 * 1024
    max_depth: int = 128
    max_elements: int = 200_000
    max_attributes: int = 256


DEFAULT_LIMITS: Final = XmlLimits()


def parse(body: bytes, limits: XmlLimits = DEFAULT_LIMITS) -> etree._Element:
    """The root element of *body*.  Comments and processing instructions are dropped.

    Raises MalformedXml when the body is not well-formed UTF-8 XML, has a DOCTYPE, or exceeds *limits*.
    """
    _check_bytes(body, limits)
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        raise MalformedXml(f"Not well-formed XML: {error.msg}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise MalformedXml("A document type declaration is not allowed.")
    if _deeper_than(limits.max_depth)(root):
        raise MalformedXml(f"Elements are nested deeper than {limits.max_depth} levels.")
    return root


async def parse_async(body: bytes, limits: XmlLimits = DEFAULT_LIMITS) -> etree._Element:
    """As `parse`, in one of two threads kept for it when the body is large, so that the event loop goes on meanwhile."""
    if len(body) <= LARGE:
        return parse(body, limits)
    return await asyncio.get_running_loop().run_in_executor(_threads(), parse, body, limits)


def _parser() -> etree.XMLParser:
    """A parser for one document (lxml's parsers hold a lock while they parse); ``encoding`` overrides what a document declares."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="xml")


@cache
def _deeper_than(depth: int) -> etree.XPath:
    return etree.XPath("boolean(" + "/*" * (depth + 1) + ")")


def _check_bytes(body: bytes, limits: XmlLimits) -> None:
    if len(body) > limits.max_bytes:
        raise MalformedXml(f"The document has {len(body)} bytes; at most {limits.max_bytes} are allowed.")
    if body[:2] in {b"\xfe\xff", b"\xff\xfe"} or b"\0" in body[:4]:
        raise MalformedXml("The document is not UTF-8.")
    _refuse_doctype(body)
    # Every element has at least one "<" and every attribute one "=": two counts settle nearly all documents.
    if body.count(b"<") > limits.max_elements and _count_start_tags(body) > limits.max_elements:
        raise MalformedXml(f"The document has more than {limits.max_elements} elements.")
    if body.count(b"=") > limits.max_attributes:
        _check_attributes(body, limits.max_attributes)


def _refuse_doctype(body: bytes) -> None:
    """DOCTYPE may stand only before the root element, so nothing after the first start tag is looked at."""
    position = 3 if body.startswith(b"\xef\xbb\xbf") else 0
    while item := _PROLOG_ITEM.match(body, position):
        position = item.end()
    if body.startswith(b"<!DOCTYPE", position):
        raise MalformedXml("A document type declaration is not allowed.")


def _count_start_tags(body: bytes) -> int:
    return body.count(b"<") - body.count(b"</") - body.count(b"<!") - body.count(b"<?")


def _check_attributes(body: bytes, most: int) -> None:
    """Refuse a start tag with more than *most* attributes; one pass, leaving all other malformations to libxml2."""
    position = body.find(b"<")
    while position >= 0:
        end = _end_of_skipped(body, position)
        if end is None:
            tag = _START_TAG.match(body, position)
            if tag is None:
                raise MalformedXml(f"Not well-formed XML: the tag at byte {position} does not end.")
            end = tag.end()
            if end - position > most and len(_QUOTED.findall(body, position, end)) > most:
                raise MalformedXml(f"An element has more than {most} attributes.")
        position = body.find(b"<", end)


def _end_of_skipped(body: bytes, position: int) -> int | None:
    """Where the comment, CDATA section, instruction or end tag at *position* ends; None when a start tag stands there."""
    for opening, closing in _SKIPPED:
        if body.startswith(opening, position):
            end = body.find(closing, position + len(opening))
            return len(body) if end < 0 else end + len(closing)
    return None
