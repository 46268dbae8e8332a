"""Reading objects by DN and by class."""

from __future__ import annotations

from collections.abc import Iterator

from emulators.ucs.call import Answer, Call
from emulators.ucs.methods.registry import method
from emulators.ucs.mit.node import Node
from emulators.ucs.mit.tree import Tree


def whole(tree: Tree, node: Node, head: bytes = b"") -> Iterator[bytes]:
    """An object's element with all that is under it, in pieces."""
    element = head or node.element
    children = tree.children(node.dn)
    if not children:
        yield element
        return
    yield element[:-2] + b">"
    for child in children:
        yield from whole(tree, child, child.nested_element)
    yield node.end


def shown(call: Call, node: Node) -> bytes:
    """An object as the request wants it: with what is under it when ``inHierarchical`` is set."""
    return b"".join(whole(call.tree, node)) if call.request.flag("inHierarchical") else node.element


@method("configResolveDn")
async def resolve_dn(call: Call) -> Answer:
    """The object of a DN; none when there is none."""
    dn = call.request.get("dn")
    node = call.tree.find(dn)
    return Answer({"dn": dn}, [b"<outConfig> ", *([shown(call, node), b" "] if node is not None else []), b"</outConfig>"])


@method("configResolveClass")
async def resolve_class(call: Call) -> Answer:
    """Every object of a class."""
    class_id = call.request.required("classId")
    call.schema.get(class_id)
    await call.tree.prepare([class_id])
    return Answer({"classId": class_id}, [b"<outConfigs> ", call.tree.joined(class_id), b" </outConfigs>"])
