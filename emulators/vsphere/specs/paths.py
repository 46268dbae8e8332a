"""Datastore paths: ``[datastore] folder/file``."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from pyVmomi import vim

from emulators.vsphere.soap.faults import VimFault
from emulators.world.model import Datastore
from emulators.world.state import WorldState

_PATH: Final = re.compile(r"\[([^\[\]]+)\]\s*(.*)\Z", re.DOTALL)


class DatastorePath(NamedTuple):
    """A datastore and a path on it, without a slash at either end; empty for the datastore itself."""

    datastore: Datastore
    path: str

    def __str__(self) -> str:
        return f"[{self.datastore.name}] {self.path}"


def parse(state: WorldState, text: str, site: str = "") -> DatastorePath:
    """Read a datastore path; ``site`` is the uid of the site whose datastore is meant, when names are not enough.

    VimFault InvalidDatastorePath when it is none, InvalidDatastore when there is no such datastore.
    """
    match = _PATH.match(text)
    if match is None:
        raise VimFault(vim.fault.InvalidDatastorePath(datastorePath=text), f"Invalid datastore path '{text}'.")
    found = [one for one in state.where(Datastore, "name", match[1]) if not site or one.site == site]
    if not found:
        raise VimFault(vim.fault.InvalidDatastore(name=match[1]), f"Invalid datastore: '{match[1]}'.")
    return DatastorePath(found[0], match[2].strip().strip("/"))
