"""Copying configuration from templates and policies to what follows them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from emulators.ucs.config.transaction import Transaction
from emulators.ucs.records import ConfigMo
from emulators.ucs.schema import naming
from emulators.ucs.schema.defaults import defaults
from emulators.ucs.schema.metadata import Access, ClassMeta

NEVER: Final = frozenset({"addr", "uuid"})
"""Identities: every copy has its own."""


def settings(tx: Transaction, record: ConfigMo, without: Collection[str] = ()) -> dict[str, str]:
    """What users can set on an object, with the values that hold, but names and identities."""
    known = {**_fresh(tx.meta(record.class_id)), **record.props}
    return {name: known[name] for name in _fresh(tx.meta(record.class_id)) if name not in without}


@cache
def _fresh(meta: ClassMeta) -> dict[str, str]:
    """What users can set on objects of a class, with its defaults."""
    can_be_set = {name for name, prop in meta.props.items() if prop.access in {Access.READ_WRITE, Access.CREATE_ONLY}}
    return {name: value for name, value in defaults(meta).items() if name in can_be_set - NEVER}


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
