"""RetrieveProperties: select, then join the fragments of every object into its ObjectContent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from pyVmomi import vim

from emulators.vsphere.objects import Object
from emulators.vsphere.pace import Pace
from emulators.vsphere.properties.fragments import Fragment
from emulators.vsphere.properties.reader import Properties
from emulators.vsphere.properties.selection import Selection
from emulators.vsphere.properties.specs import Columns, Plan
from emulators.vsphere.properties.view import View
from emulators.vsphere.soap import envelope, metadata

_ANONYMOUS = "System.Anonymous"


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
            content = read_object(view, one.managed, one.columns, version, tag)
            if content is not None:
                found.append(content)
            now = properties.now()
        if pace.due():
            await pace.rest()
    return found


def read_object(view: View, managed: Object, columns: Columns, version: str, tag: bytes) -> bytes | None:
    """The ObjectContent of one object from its fragments, kept for the next time; None when the object is gone."""
    properties = view.properties
    if view.find(managed.ref) is not managed:
        return None
    properties.start_object()
    read = [(path, *_read(properties, view, managed, path, version)) for path in columns.paths]
    content = envelope.object_content(
        managed.kind,
        managed.id,
        [(path, fragment.data) for path, fragment, _ in read if fragment.data],
        [(path, fragment.fault) for path, fragment, _ in read if fragment.fault is not None],
        tag,
    )
    if all(common for _, _, common in read):
        expiries = [fragment.expires for _, fragment, _ in read if fragment.expires is not None]
        row = properties.fragments.row(version, managed.id)
        properties.fragments.join(row, (columns, tag), content, min(expiries, default=None))
    return content


def _read(properties: Properties, view: View, managed: Object, path: str, version: str) -> tuple[Fragment, bool]:
    """A fragment, and whether it is the same for every session."""
    if not view.key and not is_public(managed, path):
        fault = vim.fault.NotAuthenticated(object=managed.ref, privilegeId="System.View")
        return Fragment(b"", frozenset(), None, fault), False
    row, fragment = properties.row(view, managed, path, version)
    return fragment, row.id == managed.id


def is_public(managed: Object, path: str) -> bool:
    """May somebody read this property who is not logged in?"""
    field: Any = metadata.properties_of(managed.type).get(path.partition(".")[0].partition("[")[0])
    return field is not None and field.privilege == _ANONYMOUS
