"""Writing objects: one, several, or all that a filter lets through, as one transaction; and what that would set off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lxml import etree

from dcsim.security.passwords import hash_password
from emulators.ucs import records
from emulators.ucs.call import Answer, Call
from emulators.ucs.config.apply import dn_of
from emulators.ucs.config.changes import ConfigureMos, EstimateImpact, Impact, MoChange
from emulators.ucs.config.renaming import RenameMo
from emulators.ucs.methods.answers import MOST_NAMES, dn_set, elements, filtered, of_class, one_config, values
from emulators.ucs.methods.registry import method
from emulators.ucs.mit.node import Node
from emulators.ucs.mit.tree import Tree
from emulators.ucs.refusals import malformed
from emulators.ucs.schema import naming
from emulators.ucs.xmlapi.encode import attributes, element

_NOT_PROPS = frozenset({"dn", "rn", "status"})


@method("configConfMo", quality="client")
async def configure_one(call: Call) -> Answer:
    """Create, modify or delete one object and those under it."""
    change = change_of(_single(call, "inConfig"), call.request.get("dn"))
    (dn,) = await configure(call, (change,))
    return Answer({"dn": dn}, await _outcome(call, dn, change, "outConfig"))


@method("configConfMos", quality="client")
async def configure_several(call: Call) -> Answer:
    """Create, modify or delete objects, all of them or none; the answer has each under its key."""
    changes = changes_of_pairs(call)
    dns = await configure(call, tuple(changes.values()))
    pairs = [
        element("pair", {"key": key}, b" ".join([b"", *await _shown(call, dn, change), b""]))
        for (key, change), dn in zip(changes.items(), dns, strict=True)
    ]
    return Answer({}, [b"<outConfigs> ", *(pair + b" " for pair in pairs), b"</outConfigs>"])


@method("configConfMoGroup", quality="client")
async def configure_group(call: Call) -> Answer:
    """Make the same change to objects of several DNs, all of them or none."""
    wanted = _single(call, "inConfig")
    changes = tuple(change_of(wanted, dn) for dn in values(call, "inDns", "dn"))
    return await _configured_set(call, changes)


@method("configConfFiltered", quality="client")
async def configure_filtered(call: Call) -> Answer:
    """Make the same change to every object of a class that the filter lets through, all of them or none."""
    class_id = call.request.required("classId")
    nodes = filtered(call, await of_class(call, class_id))
    wanted = _single(call, "inConfig")
    answer = await _configured_set(call, tuple(change_of(wanted, node.dn) for node in nodes))
    return Answer({"classId": class_id}, answer.content)


@method("configConfRename", quality="client")
async def rename(call: Call) -> Answer:
    """Give a service profile another name."""
    dn = call.request.required("dn")
    call.require("lsServer")
    outcome = await call.execute(RenameMo(domain=call.domain.uid, dn=dn, name=call.request.required("inNewName")))
    return Answer({"dn": dn}, await one_config(call, call.tree.find(outcome.result)))


@method("configEstimateImpact", quality="client")
async def estimate_impact(call: Call) -> Answer:
    """Which service profiles changes would reassociate or make wait for an acknowledgement; nothing is changed."""
    changes = tuple(changes_of_pairs(call).values())
    outcome = await call.execute(EstimateImpact(domain=call.domain.uid, changes=changes, shown=shown(call.tree, changes)))
    impact: Impact = outcome.result
    pending = [node for node in map(call.tree.find, [f"{dn}/ack" for dn in _profiles(call)]) if node is not None]
    return Answer(
        {"outRetry": "0"},
        [
            *_map("outAckables", [_acknowledgement(dn) for dn in impact.waiting]),
            b" ",
            *_map("outOldAckables", [(node.dn, node.element) for node in pending]),
            b" ",
            *_map("outAffected", [(dn, node.element) for dn in impact.affected if (node := call.tree.find(dn)) is not None]),
            b" ",
            *_map("outOldAffected", []),
        ],
    )


def _profiles(call: Call) -> list[str]:
    return [record.dn for record in records.of_class(call.domain.world.state, call.domain.uid, "lsServer")]


def _acknowledgement(dn: str) -> tuple[str, bytes]:
    shown = {"dn": f"{dn}/ack", "deploymentMode": "user-ack", "disr": "reboot", "operState": "waiting-for-user"}
    return f"{dn}/ack", element("lsmaintAck", shown)


@method("configCheckConformance", quality="client")
async def check_conformance(call: Call) -> Answer:
    """The servers whose profiles have a host firmware package; all of ours run what every package asks for."""
    dn = call.request.required("dn")
    state, domain = call.domain.world.state, call.domain.uid
    profiles = [one for one in records.of_class(state, domain, "lsServer") if one.props.get("operHostFwPolicyName") == dn]
    servers = [one.props["pnDn"] for one in profiles if one.props.get("pnDn")]
    return Answer(
        {"dn": dn}, [*dn_set(servers, "outConfDns"), b" <outToResetDns/> <outNonConfDns/> <outInProgressDns/> <outNonUpgradableDns/>"]
    )


# -- from the wire -------------------------------------------------------------------------------------------------------------


def change_of(wanted: etree._Element, dn: str = "") -> MoChange:
    """A configuration element as a change; ``dn`` is what the method says, which must not disagree."""
    attributes_ = {str(name): str(value) for name, value in wanted.attrib.items()}
    own = attributes_.get("dn", "")
    if dn and own and own != dn:
        raise malformed(f"dn {own[:256]} does not match {dn[:256]}, class {wanted.tag}")
    return MoChange(
        class_id=str(wanted.tag),
        dn=dn or own,
        rn=attributes_.get("rn", ""),
        status=attributes_.get("status", ""),
        props={name: value for name, value in attributes_.items() if name not in _NOT_PROPS},
        children=tuple(change_of(child) for child in wanted.iterchildren(etree.Element)),
    )


def _single(call: Call, parameter: str) -> etree._Element:
    found = call.request.elements(parameter)
    if len(found) != 1:
        raise malformed(f"Element '{parameter}': there must be one object in it, not {len(found)}")
    return found[0]


def changes_of_pairs(call: Call) -> dict[str, MoChange]:
    """The changes in ``inConfigs`` by their keys."""
    pairs = call.request.elements("inConfigs")
    if len(pairs) > MOST_NAMES:
        raise malformed(f"Element 'inConfigs': more than {MOST_NAMES} pairs")
    found: dict[str, MoChange] = {}
    for pair in pairs:
        key, inside = pair.get("key"), list(pair)
        if pair.tag != "pair" or not key or len(inside) != 1 or key in found:
            raise malformed("Element 'inConfigs': pairs with a key of their own and one object each are expected")
        found[str(key)] = change_of(inside[0], str(key))
    return found


# -- doing it ------------------------------------------------------------------------------------------------------------------


async def configure(call: Call, changes: tuple[MoChange, ...]) -> tuple[str, ...]:
    """Make the changes in one transaction; answers their DNs.  Refuses with 160 who may not."""
    every = [one for change in changes for one in change.walk()]
    call.require(*dict.fromkeys(one.class_id for one in every))
    passwords = {one.props["pwd"] for one in every if one.class_id == "aaaUser" and one.props.get("pwd")}
    sealed = {password: await hash_password(password) for password in passwords}
    outcome = await call.execute(ConfigureMos(domain=call.domain.uid, changes=changes, shown=shown(call.tree, changes), sealed=sealed))
    dns: tuple[str, ...] = outcome.result
    return dns


def shown(tree: Tree, changes: Iterable[MoChange]) -> dict[str, str]:
    """What exists without a record of its own, among what the changes name and where that stands."""
    found: dict[str, str] = {}
    for dn in dict.fromkeys(_named(tree, changes, "")):
        node = tree.find(dn) if records.find(tree.world.state, tree.domain, dn) is None else None
        if node is not None:
            found[dn] = node.class_id
    return found


def _named(tree: Tree, changes: Iterable[MoChange], parent: str) -> Iterator[str]:
    for change in changes:
        dn = dn_of(tree.schema.get(change.class_id), change, parent)
        yield dn
        yield naming.parent_of(dn)
        yield from _named(tree, change.children, dn)


# -- the answer ----------------------------------------------------------------------------------------------------------------


async def _outcome(call: Call, dn: str, change: MoChange, name: str) -> list[bytes]:
    return [f"<{name}> ".encode(), *(one + b" " for one in await _shown(call, dn, change)), f"</{name}>".encode()]


async def _shown(call: Call, dn: str, change: MoChange) -> list[bytes]:
    """An object after its change; a deleted one is only named."""
    node = call.tree.find(dn)
    if node is not None and node.class_id == change.class_id:
        return await elements(call, (node,))
    return [f"<{change.class_id}{attributes((('dn', dn), ('status', 'deleted')))}/>".encode()]


async def _configured_set(call: Call, changes: tuple[MoChange, ...]) -> Answer:
    dns = await configure(call, changes)
    found = [one for dn, change in zip(dns, changes, strict=True) for one in await _shown(call, dn, change)]
    return Answer({}, [b"<outConfigs> ", *(one + b" " for one in found), b"</outConfigs>"])


def _map(name: str, pairs: Sequence[tuple[str, bytes]]) -> list[bytes]:
    inside = [element("pair", {"key": key}, b" " + content + b" ") + b" " for key, content in pairs]
    return [f"<{name}> ".encode(), *inside, f"</{name}>".encode()]


def config_map(name: str, nodes: Mapping[str, Node]) -> list[bytes]:
    """Objects by their keys."""
    return _map(name, [(key, node.element) for key, node in nodes.items()])
