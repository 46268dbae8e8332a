"""Copying configuration from templates and policies to what follows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema import naming
from emulators.ucs.schema.metadata import Access

NEVER: Final = frozenset({"addr", "uuid"})
"""Identities: every copy has its own."""


def settings(tx: Transaction, record: ConfigMo, without: Collection[str] = ()) -> dict[str, str]:
    """What users can set on an object, with the values that hold, but names and identities."""
    props = tx.meta(record.class_id).props
    return {
        name: tx.value(record, name)
        for name, prop in props.items()
        if prop.access in {Access.READ_WRITE, Access.CREATE_ONLY} and name not in NEVER and name not in without and name not in _SILENT
    }


_SILENT: Final = frozenset({"childAction", "sacl", "status", "rn", "dn"})


def copy_children(
    tx: Transaction, source: str, target: str, classes: Collection[str], marks: Mapping[str, Mapping[str, str]] | None = None
) -> None:
    """Give an object what another has under it of some classes, and take away what it does not have.

    ``marks`` are properties that the copies of a class get besides.
    """
    wanted = {child.name: child for child in tx.children(source) if child.class_id in classes}
    for child in tx.children(target):
        if child.class_id in classes and child.name not in wanted:
            tx.remove(child.dn)
    for rn, child in wanted.items():
        dn = naming.join(target, rn)
        tx.put(child.class_id, dn, {**settings(tx, child), **(marks or {}).get(child.class_id, {})})
        copy_children(tx, child.dn, dn, _under(child), marks)


def _under(record: ConfigMo) -> Collection[str]:
    return _PARTS.get(record.class_id, ())


_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "lsbootDef": ("lsbootLan", "lsbootStorage", "lsbootSan", "lsbootVirtualMedia", "lsbootIScsi", "lsbootEFIShell"),
    "lsbootLan": ("lsbootLanImagePath",),
    "lsbootSan": ("lsbootSanCatSanImage",),
    "lsbootSanCatSanImage": ("lsbootSanCatSanImagePath",),
    "lsbootStorage": ("lsbootLocalStorage", "lsbootSanImage"),
    "vnicEther": ("vnicEtherIf",),
    "vnicFc": ("vnicFcIf",),
}
"""What is copied along with an object of a class."""
