"""Service profiles from templates, clones, and templates from service profiles."""

from __future__ import annotations

from collections.abc import Iterable

from emulators.ucs.call import Answer, Call
from emulators.ucs.config.references import organisations
from emulators.ucs.config.templates import MakeProfiles
from emulators.ucs.methods.answers import config_set, one_config, values, wanted_by
from emulators.ucs.methods.config import config_map
from emulators.ucs.methods.registry import method
from emulators.ucs.mit.node import Node
from emulators.ucs.refusals import malformed
from emulators.ucs.schema import naming

_KINDS = {"initial-template", "updating-template"}


@method("lsInstantiateTemplate", quality="client")
async def instantiate(call: Call) -> Answer:
    """One profile from a template.  With ``inErrorOnExisting`` false, one of that name is left as it is."""
    name = call.request.required("inServerName")
    dns = await _make(call, bound=True, names=(name,), skip_existing=_skips(call))
    node = call.tree.find(dns[0] if dns else f"{_target(call)}/ls-{name}")
    return Answer({"dn": call.request.get("dn")}, await one_config(call, node))


@method("lsInstantiateNTemplate", quality="client")
async def instantiate_several(call: Call) -> Answer:
    """``inNumberOf`` profiles from a template, called by a prefix and a number."""
    count = call.request.required("inNumberOf")
    if not (count.isascii() and count.isdigit()):
        raise malformed(f"Element 'lsInstantiateNTemplate', attribute 'inNumberOf': '{count[:20]}' is not a number")
    prefix = call.request.get("inServerNamePrefixOrEmpty") or naming.divide(call.request.required("dn"))[1].removeprefix("ls-")
    return await _many(call, await _make(call, bound=True, prefix=prefix, count=int(count)))


@method("lsInstantiateNNamedTemplate", quality="client")
async def instantiate_named(call: Call) -> Answer:
    """Profiles of given names from a template."""
    names = tuple(dict.fromkeys(values(call, "inNameSet", "dn")))
    if not names:
        raise malformed("Element 'inNameSet': there must be a name in it")
    return await _many(call, await _make(call, bound=True, names=names, skip_existing=_skips(call)))


@method("lsClone", quality="client")
async def clone(call: Call) -> Answer:
    """A profile or template like another, with identities of its own."""
    source = call.tree.find(call.request.required("dn"))
    kind = source.get("type") if source is not None else None
    dns = await _make(call, names=(call.request.required("inServerName"),), kind=kind or "instance")
    return Answer({"dn": call.request.get("dn")}, await one_config(call, call.tree.find(dns[0])))


@method("lsTemplatise", quality="client")
async def templatise(call: Call) -> Answer:
    """A template like a profile."""
    kind = call.request.get("inTemplateType") or "initial-template"
    if kind not in _KINDS:
        raise malformed(f"Element 'lsTemplatise', attribute 'inTemplateType': '{kind[:40]}' is not one of {', '.join(sorted(_KINDS))}")
    dns = await _make(call, names=(call.request.required("inTemplateName"),), kind=kind)
    return Answer({"dn": call.request.get("dn")}, await one_config(call, call.tree.find(dns[0])))


@method("lsResolveTemplates", quality="client")
async def resolve_templates(call: Call) -> Answer:
    """The templates that profiles of an organisation may be bound to, nearest first."""
    dn, kind = call.request.get("dn") or "org-root", call.request.get("inType")
    wanted = wanted_by(call)
    found = {node.dn: node for node in _templates(call, dn) if kind in {"", node.get("type")} and (wanted is None or wanted(node))}
    return Answer({"dn": dn}, config_map("outConfigs", found))


def _templates(call: Call, dn: str) -> Iterable[Node]:
    for organisation in organisations(dn):
        yield from (node for node in call.tree.children(organisation, "lsServer") if node.get("type") in _KINDS)


def _target(call: Call) -> str:
    """The organisation for what is made: the one named, else the source's own."""
    return call.request.get("inTargetOrg") or naming.parent_of(call.request.required("dn"))


def _skips(call: Call) -> bool:
    return "inErrorOnExisting" in call.request.attributes and not call.request.flag("inErrorOnExisting")


async def _make(
    call: Call,
    *,
    names: tuple[str, ...] = (),
    prefix: str = "",
    count: int = 0,
    kind: str = "instance",
    bound: bool = False,
    skip_existing: bool = False,
) -> tuple[str, ...]:
    call.require("lsServer")
    command = MakeProfiles(
        domain=call.domain.uid,
        source=call.request.required("dn"),
        organisation=_target(call),
        names=names,
        prefix=prefix,
        count=count,
        kind=kind,
        bound=bound,
        skip_existing=skip_existing,
    )
    outcome = await call.execute(command)
    dns: tuple[str, ...] = outcome.result
    return dns


async def _many(call: Call, dns: Iterable[str]) -> Answer:
    nodes = [node for node in map(call.tree.find, dns) if node is not None]
    return Answer({"dn": call.request.get("dn")}, await config_set(call, nodes))
