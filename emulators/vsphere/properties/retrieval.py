"""RetrieveProperties: select, then join the fragments of every object into its ObjectContent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Final

import msgspec

from emulators.vsphere.objects import Object
from emulators.vsphere.pace import Pace
from emulators.vsphere.properties.selection import Selection
from emulators.vsphere.properties.specs import Columns, Plan
from emulators.vsphere.properties.states import state_of
from emulators.vsphere.properties.view import View

_PIECE: Final = 256 * 1024
_AT_ONCE: Final = 1024 * 1024
"""Bytes of an answer that are sent as one; more is sent while it is made.  Encrypting a megabyte takes a millisecond or two."""
_LARGEST_KEPT: Final = 4096
"""A joined ObjectContent larger than this is not worth its memory: joining its few large fragments is quick."""


class Wanted(msgspec.Struct, frozen=True, eq=False):
    """One object to report, and what of it."""

    managed: Object
    columns: Columns


async def choose(view: View, plans: Sequence[Plan], pace: Pace) -> list[Wanted]:
    """What the plans select, each object once for each plan.  Raises VimFault ManagedObjectNotFound."""
    found: list[Wanted] = []
    for plan in plans:
        selection = Selection()
        await selection.run(view, plan, pace)
        chosen = ((managed, plan.columns(managed.type)) for managed in selection.objects.values())
        found += [Wanted(managed, columns) for managed, columns in chosen if columns is not None]
    return found


async def contents(view: View, wanted: Sequence[Wanted], version: str, tag: bytes, pace: Pace) -> AsyncGenerator[bytes, None]:
    """The ObjectContents, joined into pieces; objects that are gone meanwhile are left out."""
    properties = view.properties
    home = properties.fragments.home(version)
    now = properties.now()
    found: list[bytes] = []
    size = 0
    for one in wanted:
        row = home.get(one.managed.id)
        joined = row.joined.get((one.columns, tag)) if row is not None else None
        if row is not None and joined is not None and view.key and (joined[1] is None or joined[1] > now):
            row.used = True
            content = joined[0]
        else:
            content = _content(view, one, version, tag)
            now = properties.now()
        found.append(content)
        size += len(content)
        if size > _PIECE:
            yield b"".join(found)
            found, size = [], 0
        if pace.due():
            await pace.rest()
    yield b"".join(found)


async def begin(pieces: AsyncGenerator[bytes, None]) -> tuple[bytes, AsyncGenerator[bytes, None] | None]:
    """What is there at once, and the pieces that are left when it is much."""
    found: list[bytes] = []
    size = 0
    async for piece in pieces:
        found.append(piece)
        size += len(piece)
        if size > _AT_ONCE:
            return b"".join(found), pieces
    return b"".join(found), None


def _content(view: View, wanted: Wanted, version: str, tag: bytes) -> bytes:
    """The ObjectContent of one object, kept for the next time when it is small; nothing when the object is gone."""
    state = state_of(view, wanted.managed, wanted.columns, version)
    if state is None:
        return b""
    content = state.content(tag)
    if state.common and len(content) < _LARGEST_KEPT:
        fragments = view.properties.fragments
        fragments.join(fragments.row(version, wanted.managed.id), (wanted.columns, tag), content, state.expires)
    return content
