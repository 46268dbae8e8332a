"""How classes and relations are declared, and the questions that everything else asks of the declarations.

A class is a struct whose fields are its attributes; its Python bases are its parents, and so its labels in Neo4j
(``:CI:Compute:VirtualMachine``)::

    @ci_class(table="cmdb_ci_vm_instance", icon="vm", identifiers=(("uuid",), ("name", "site")))
    class VirtualMachine(Compute, frozen=True, kw_only=True):
        power: Text = None

A relation is one call; the same verb may be declared between several pairs of classes, each with an impact rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from cmdb.model.graph import MAX_INTEGER, Value
from cmdb.model.rules import Rule
from dcsim.errors import InvalidArgument

Text: TypeAlias = str | None
Integer: TypeAlias = int | None
Number: TypeAlias = float | None
Flag: TypeAlias = bool | None
Texts: TypeAlias = tuple[str, ...] | None
"""The types that attributes have; each may be unknown."""

RESERVED: Final = frozenset({"uid", "cls", "name", "tags", "version", "created", "changed", "sources", "by", "words", "labels"})
"""What every CI has anyway, and what the stores keep beside the attributes."""
_TYPE_NAMES: Final[dict[Any, str]] = {Text: "text", Integer: "integer", Number: "number", Flag: "boolean", Texts: "texts"}
ROOT: Final = "CI"
S = TypeVar("S", bound="Item")


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The root of all classes (``CI``): what any configuration item can have."""

    site: Text = None
    description: Text = None
    operational_state: Text = None


class Attribute(msgspec.Struct, frozen=True):
    """One attribute: its ``type`` is text, integer, number, boolean or texts; ``indexed`` ones are found without a scan."""

    name: str
    type: str
    indexed: bool = False


class CiClass(msgspec.Struct, frozen=True, kw_only=True):
    """A declared class.

    ``labels`` go from the root to the class itself; ``table`` is its ServiceNow table; ``identifiers`` are sets of attributes (or
    ``name``), the strongest first, that tell whether two sources see the same thing; ``attributes`` include the inherited ones.
    """

    name: str
    labels: tuple[str, ...]
    table: str
    icon: str
    family: str
    identifiers: tuple[tuple[str, ...], ...]
    attributes: dict[str, Attribute]
    struct: type[Item]
    abstract: bool = False
    doc: str = ""


class RelationType(msgspec.Struct, frozen=True, kw_only=True):
    """A declared relation: the verb ``name`` from any ``source`` class (or below it) to any ``target`` class (or below it)."""

    name: str
    source: str
    target: str
    impact: Rule
    doc: str


CLASSES: Final[dict[str, CiClass]] = {
    ROOT: CiClass(
        name=ROOT, labels=(ROOT,), table="cmdb_ci", icon="circle", family="ci", identifiers=(), struct=Item, abstract=True,
        attributes={field.name: Attribute(field.name, "text", indexed=field.name == "site") for field in msgspec.structs.fields(Item)},
        doc=(Item.__doc__ or "").strip(),
    )
}  # fmt: skip
RELATIONS: Final[list[RelationType]] = []


def ci_class(
    *,
    table: str = "",
    icon: str = "",
    family: str = "",
    identifiers: tuple[tuple[str, ...], ...] = (),
    indexed: tuple[str, ...] = (),
    abstract: bool = False,
) -> Callable[[type[S]], type[S]]:
    """Declare the decorated struct as a class of CIs; what is not given is the parent's.  Raises TypeError for a bad declaration."""

    def declare(struct: type[S]) -> type[S]:
        parent = next((one for one in CLASSES.values() if one.struct is struct.__base__), None)
        if parent is None or struct.__name__ in CLASSES:
            raise TypeError(f"{struct.__name__}: its base must be a declared class, and its name its own")
        keys = {name for identifier in identifiers for name in identifier} | set(indexed)
        declared = CiClass(
            name=struct.__name__,
            labels=(*parent.labels, struct.__name__),
            table=table or parent.table,
            icon=icon or parent.icon,
            family=family or parent.family,
            identifiers=identifiers or parent.identifiers,
            attributes=_attributes(struct, parent, keys),
            struct=struct,
            abstract=abstract,
            doc=(struct.__doc__ or "").strip(),
        )
        CLASSES[struct.__name__] = declared
        return struct

    return declare


def _attributes(struct: type[Item], parent: CiClass, keys: set[str]) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for field in msgspec.structs.fields(struct):
        kind = _TYPE_NAMES.get(field.type)
        if kind is None or field.name in RESERVED or field.default is not None:
            raise TypeError(f"{struct.__name__}.{field.name}: not an attribute type, a reserved name, or without the default None")
        inherited = parent.attributes.get(field.name)
        found[field.name] = Attribute(field.name, kind, indexed=field.name in keys or (inherited is not None and inherited.indexed))
    unknown = keys - set(found) - {"name"}
    if unknown:
        raise TypeError(f"{struct.__name__} identifies by what it does not have: {sorted(unknown)}")
    return found


def relation(name: str, source: str, target: str | Iterable[str], impact: Rule, doc: str) -> None:
    """Declare ``source -NAME-> target`` (several targets: once for each).  Raises TypeError for unknown classes or a second declaration."""
    for one in (target,) if isinstance(target, str) else target:
        if source not in CLASSES or one not in CLASSES or any((r.name, r.source, r.target) == (name, source, one) for r in RELATIONS):
            raise TypeError(f"{source} -{name}-> {one}: unknown class, or declared twice")
        RELATIONS.append(RelationType(name=name, source=source, target=one, impact=impact, doc=doc))


def class_of(name: str) -> CiClass:
    """The class of that name; raises InvalidArgument."""
    found = CLASSES.get(name)
    if found is None:
        raise InvalidArgument(f"There is no class {name!r}; GET /cmdb/classes lists them all.", field="class")
    return found


@cache
def concrete_classes(name: str) -> tuple[str, ...]:
    """The names of all classes that CIs can have which are *name* or below it, sorted; raises InvalidArgument."""
    class_of(name)
    return tuple(sorted(one.name for one in CLASSES.values() if name in one.labels and not one.abstract))


def is_a(name: str, ancestor: str) -> bool:
    """Whether the class *name* is *ancestor* or below it."""
    return ancestor in class_of(name).labels


@cache
def relation_types() -> frozenset[str]:
    """Every declared verb."""
    return frozenset(declared.name for declared in RELATIONS)


@cache
def relation_between(source: str, name: str, target: str) -> RelationType:
    """The nearest declaration of ``source -NAME-> target`` for two classes; raises InvalidArgument when there is none."""
    above_source, above_target = class_of(source).labels, class_of(target).labels
    fitting = [one for one in RELATIONS if one.name == name and one.source in above_source and one.target in above_target]
    if not fitting:
        raise InvalidArgument(f"There is no relation {source} -{name}-> {target}; GET /cmdb/relation-types lists them all.", field="type")
    return max(fitting, key=lambda one: (above_source.index(one.source), above_target.index(one.target)))


def attributes_of(item: Item) -> dict[str, Value]:
    """The known attributes of an instance of a class, as a CI holds them."""
    values = ((name, getattr(item, name)) for name in item.__struct_fields__)
    return {name: value for name, value in values if value is not None}


def checked_attributes(cls: str, attributes: Mapping[str, Any]) -> dict[str, Value]:
    """The attributes as a CI of the class holds them; None means unknown.  Raises InvalidArgument, which names the field."""
    declared = class_of(cls)
    for name, value in attributes.items():
        if name not in declared.attributes:
            raise InvalidArgument(f"The class {cls} has no attribute {name!r}.", field=name)
        if isinstance(value, int) and abs(value) > MAX_INTEGER:
            raise InvalidArgument(f"{name}: {value} does not fit into 64 bits.", field=name)
    try:
        return attributes_of(msgspec.convert(dict(attributes), declared.struct))
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$.")
        field = path.rstrip("`").partition("[")[0]
        raise InvalidArgument(f"{field}: {message[0].lower()}{message[1:]}.", field=field) from error
