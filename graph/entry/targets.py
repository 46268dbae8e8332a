"""Which service a request of ``/api/<service>/...`` is for, and the path there: as it was written, or refused when it means to climb."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from dcsim.errors import InvalidArgument

PREFIX: Final = "/api/"
_TARGET: Final = re.compile(r"/api/(?P<service>[a-z][a-z0-9-]{0,31})(?P<path>/[!-~]*)")
_STRANGE: Final = re.compile(rb"[\x00-\x1f\x7f\\]")
_BROKEN: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED_TWICE: Final = 3
"""A path that still changes after so many decodings is nobody's."""


class Target(NamedTuple):
    """A service and what to ask it: path and query, percent-encoded as they came."""

    service: str
    path: str


def target_of(written: str) -> Target:
    """What the request line names.  Raises InvalidArgument for a path that could mean another one to somebody on the way.

    That is one with ``.`` or ``..`` as a segment, an empty segment, a backslash or a control character, however often it is encoded; and
    one that is a whole URL.
    """
    path, mark, query = written.partition("?")
    found = _TARGET.fullmatch(path)
    if found is None or "#" in written or _BROKEN.search(path):
        raise InvalidArgument("The path is not one of /api/<service>/...", field="path")
    _demand_plain(found["path"])
    return Target(found["service"], found["path"] + mark + query)


def _demand_plain(path: str) -> None:
    seen = path.encode()
    for _ in range(_ENCODED_TWICE):
        segments = seen.split(b"/")
        if _STRANGE.search(seen) or not {b".", b".."}.isdisjoint(segments) or b"" in segments[1:-1]:
            raise InvalidArgument("The path has segments that climb, are empty, or hold characters of no path.", field="path")
        decoded = unquote_to_bytes(seen)
        if decoded == seen:
            return
        seen = decoded
    raise InvalidArgument("The path is encoded several times over.", field="path")
