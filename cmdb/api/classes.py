"""What CIs and relations can be: the vocabulary of the graph, as it is declared."""

from __future__ import annotations

import msgspec

from cmdb.api.context import Context, routes
from cmdb.model import CLASSES, RELATIONS
from dcsim.http.routes import Request


class AttributeView(msgspec.Struct, frozen=True):
    """An attribute; lists by an indexed one are quick."""

    name: str
    type: str
    indexed: bool


class ClassView(msgspec.Struct, frozen=True):
    """A class: ``labels`` from the root down, ``identifiers`` the strongest first, ``table`` ServiceNow's; an abstract one has no CIs."""

    name: str
    labels: tuple[str, ...]
    family: str
    table: str
    abstract: bool
    identifiers: tuple[tuple[str, ...], ...]
    attributes: list[AttributeView]
    doc: str


class RelationTypeView(msgspec.Struct, frozen=True):
    """``source -name-> target``: what the dependant needs, and the rule by which a failure of the target reaches it."""

    name: str
    source: str
    target: str
    impact: str
    doc: str


@routes.get("/cmdb/classes", "Classes of CIs", returns=list[ClassView])
async def classes(_: Request[Context]) -> list[ClassView]:
    """All that are declared, by name."""
    return [
        ClassView(
            name=one.name,
            labels=one.labels,
            family=one.family,
            table=one.table,
            abstract=one.abstract,
            identifiers=one.identifiers,
            attributes=[AttributeView(each.name, str(each.type), each.indexed) for each in one.attributes.values()],
            doc=one.doc,
        )
        for one in sorted(CLASSES.values(), key=lambda one: one.name)
    ]


@routes.get("/cmdb/relation-types", "Types of relations", returns=list[RelationTypeView])
async def types_of_relations(_: Request[Context]) -> list[RelationTypeView]:
    """All that are declared, in the order of the declarations."""
    return [RelationTypeView(one.name, one.source, one.target, one.impact.code, one.doc) for one in RELATIONS]
