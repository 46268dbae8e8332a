"""Reading objects by DN, by class, by parent and in a scope."""

from __future__ import annotations

from collections.abc import AsyncIterator

from emulators.ucs.call import Answer, Call
from emulators.ucs.methods.answers import config_set, dn_set, filtered, of_class, one_config, values, wanted_by
from emulators.ucs.methods.registry import method
from emulators.ucs.mit.node import Node
from emulators.ucs.mit.pace import Pace
from emulators.ucs.refusals import missing
from emulators.ucs.schema import naming
from emulators.ucs.schema.abstract import concrete
from emulators.ucs.xmlapi.encode import closing, opening

_OUT_CONFIG, _OUT_CONFIG_END = opening("outConfig"), b" " + closing("outConfig")


@method("configResolveDn", quality="client")
async def resolve_dn(call: Call) -> Answer:
    """The object of a DN; none when there is none."""
    dn = call.request.get("dn")
    node = call.tree.find(dn)
    if node is None or call.request.flag("inHierarchical"):
        return Answer({"dn": dn}, await one_config(call, node))
    return Answer({"dn": dn}, (_OUT_CONFIG, node.element, _OUT_CONFIG_END))


@method("configResolveDns", quality="client")
async def resolve_dns(call: Call) -> Answer:
    """The objects of several DNs, and which of those there are not."""
    pace, found = Pace(), dict[str, Node | None]()
    for dn in values(call, "inDns", "dn"):
        found[dn] = call.tree.find(dn)
        await pace.step()
    nodes = [node for node in found.values() if node is not None]
    unresolved = [dn for dn, node in found.items() if node is None]
    return Answer({}, [*await config_set(call, nodes), b" ", *dn_set(unresolved, "outUnresolved")])


@method("configResolveClass", quality="client")
async def resolve_class(call: Call) -> Answer:
    """Every object of a class that the filter lets through."""
    class_id = call.request.required("classId")
    given = {"classId": class_id}
    metas = concrete(call.schema, class_id)
    if len(metas) == 1 and not call.request.flag("inHierarchical") and wanted_by(call) is None:
        await call.tree.prepare([metas[0].id])
        return Answer(given, [b"<outConfigs> ", call.tree.joined(metas[0].id), b" </outConfigs>"])
    return Answer(given, await config_set(call, filtered(call, await of_class(call, class_id))))


@method("configResolveClasses", quality="client")
async def resolve_classes(call: Call) -> Answer:
    """Every object of several classes."""
    class_ids = list(dict.fromkeys(values(call, "inIds", "classId")))
    nodes = [node for class_id in class_ids for node in await of_class(call, class_id)]
    return Answer({}, await config_set(call, nodes))


@method("configResolveChildren", quality="client")
async def resolve_children(call: Call) -> Answer:
    """The objects directly under a DN, of one class (``classId``) or of all."""
    class_id = call.request.get("classId")
    nodes = await _children(call, call.request.get("inDn"), class_id)
    return Answer({"classId": class_id}, await config_set(call, filtered(call, nodes)))


async def _children(call: Call, dn: str, class_id: str) -> list[Node]:
    if not class_id:
        return call.tree.children(dn)
    metas = concrete(call.schema, class_id)
    if not dn:
        return [node for node in await of_class(call, class_id) if not node.parent]
    return [node for meta in metas for node in call.tree.children(dn, meta.id)]


@method("configResolveParent", quality="client")
async def resolve_parent(call: Call) -> Answer:
    """The object above a DN; none when there is none."""
    dn = call.request.get("dn")
    node = call.tree.find(dn)
    parent = call.tree.find(node.parent) if node is not None and node.parent else None
    return Answer({"dn": dn}, await one_config(call, parent))


@method("configScope", quality="client")
async def scope(call: Call) -> Answer:
    """The objects of a class under a DN: at any depth when ``inRecursive`` is set, else directly."""
    dn, class_id = call.request.get("dn"), call.request.required("inClass")
    metas = {meta.id for meta in concrete(call.schema, class_id)}
    if call.request.flag("inRecursive"):
        nodes = [node for node in await of_class(call, class_id) if _is_under(node.dn, dn)]
    else:
        nodes = [node for node in call.tree.children(dn) if node.class_id in metas]
    return Answer({"dn": dn}, await config_set(call, filtered(call, nodes)))


def _is_under(dn: str, above: str) -> bool:
    return dn == above or dn.startswith(f"{above}/")


@method("configFindDnsByClassId", quality="client")
async def find_dns(call: Call) -> Answer:
    """The DNs of every object of a class that the filter lets through."""
    class_id = call.request.required("classId")
    nodes = filtered(call, await of_class(call, class_id))
    return Answer({"classId": class_id}, dn_set((node.dn for node in nodes), "outDns"))


@method("configCountClass", quality="client")
async def count(call: Call) -> Answer:
    """How many objects of a class the filter lets through."""
    class_id = call.request.required("classId")
    return Answer({"classId": class_id, "outCount": str(len(filtered(call, await of_class(call, class_id))))})


@method("configFindDependencies", quality="client")
async def find_dependencies(call: Call) -> Answer:
    """The configuration objects that refer to the object of a DN.  Refuses with 102 when there is no such object."""
    dn = call.request.required("dn")
    if call.tree.find(dn) is None:
        raise missing(dn, "find")
    nodes = [node async for node in _referring(call, dn)]
    content = await config_set(call, nodes) if call.request.flag("inReturnConfigs") else []
    return Answer({"dn": dn, "outHasDep": "yes" if nodes else "no"}, content)


async def _referring(call: Call, dn: str) -> AsyncIterator[Node]:
    """Objects with a property (such as ``operBootPolicyName`` or ``pnDn``) that is the DN, outside of what is under it."""
    pace = Pace()
    for node in call.tree.configured():
        await pace.step()
        if dn in node.given.values() and not _is_under(node.dn, dn) and naming.parent_of(dn) != node.dn:
            yield node
