"""RetrieveProperties: select, then join the fragments of every object into its ObjectContent."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from emulators.vsphere.objects import Object
from emulators.vsphere.pace import Pace
from emulators.vsphere.properties.selection import Selection
from emulators.vsphere.properties.specs import Columns, Plan
from emulators.vsphere.properties.states import state_of
from emulators.vsphere.properties.view import View


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


async def contents(view: View, wanted: Sequence[Wanted], version: str, tag: bytes, pace: Pace) -> list[bytes]:
    """The ObjectContent of each; objects that are gone meanwhile are left out."""
    properties = view.properties
    home = properties.fragments.home(version)
    now = properties.now()
    found: list[bytes] = []
    for one in wanted:
        row = home.get(one.managed.id)
        joined = row.joined.get((one.columns, tag)) if row is not None else None
        if row is not None and joined is not None and view.key and (joined[1] is None or joined[1] > now):
            row.used = True
            found.append(joined[0])
        else:
            content = _content(view, one, version, tag)
            if content is not None:
                found.append(content)
            now = properties.now()
        if pace.due():
            await pace.rest()
    return found


def _content(view: View, wanted: Wanted, version: str, tag: bytes) -> bytes | None:
    """The ObjectContent of one object, kept for the next time; None when the object is gone."""
    state = state_of(view, wanted.managed, wanted.columns, version)
    if state is None:
        return None
    content = state.content(tag)
    if state.common:
        fragments = view.properties.fragments
        fragments.join(fragments.row(version, wanted.managed.id), (wanted.columns, tag), content, state.expires)
    return content
