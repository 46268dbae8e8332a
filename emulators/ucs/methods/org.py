"""What can be seen from an organisation: its own pools, policies and templates, and those of the organisations above."""

from __future__ import annotations

from collections.abc import Iterable

from emulators.ucs.call import Answer, Call
from emulators.ucs.config.references import organisations, organisations_of
from emulators.ucs.methods.answers import config_set, one_config, wanted_by
from emulators.ucs.methods.config import config_map
from emulators.ucs.methods.registry import method
from emulators.ucs.mit.node import Node
from emulators.ucs.refusals import missing
from emulators.ucs.schema import naming
from emulators.ucs.schema.abstract import concrete


@method("orgResolveElements", quality="client")
async def resolve_elements(call: Call) -> Answer:
    """The objects of a class that names mean in an organisation: of several with one name, the nearest."""
    dn = _organisation(call)
    found = _nearest(call, dn, call.request.required("inClass"))
    return Answer({"dn": dn}, config_map("outConfigs", {node.dn: node for node in found}))


@method("poolResolveInScope", quality="client")
async def resolve_pools(call: Call) -> Answer:
    """The pools of a class that names mean in an organisation."""
    dn = _organisation(call)
    found = _nearest(call, dn, call.request.required("inClass"))
    return Answer({"dn": dn}, config_map("outConfigs", {node.dn: node for node in found}))


@method("policyResolveNames", quality="client")
async def resolve_policies(call: Call) -> Answer:
    """The policies of a class that names mean where ``inContext`` stands."""
    context = call.request.get("inContext") or "org-root"
    found = _nearest(call, context, call.request.required("inPolicyType"))
    return Answer({}, await config_set(call, found, "outPolicyNames"))


@method("orgResolveLogicalParents", quality="client")
async def resolve_parents(call: Call) -> Answer:
    """An organisation and those above it, nearest first."""
    dn = _organisation(call)
    above = organisations(dn)[: 1 if call.request.flag("inSingleLevel") else None]
    found = {node.dn: node for node in map(call.tree.find, above) if node is not None}
    return Answer({"dn": dn}, config_map("outConfigs", found))


@method("statsResolveThresholdPolicy", quality="client")
async def resolve_threshold_policy(call: Call) -> Answer:
    """The threshold policy that holds for an object."""
    dn = call.request.required("dn")
    node = call.tree.find(dn)
    if node is None:
        raise missing(dn, "find")
    named = node.get("operStatsPolicyName") or organisations_of(dn, "thr-policy-default")
    return Answer({"dn": dn}, await one_config(call, call.tree.find(named)))


def _organisation(call: Call) -> str:
    dn = call.request.get("dn") or "org-root"
    node = call.tree.find(dn)
    if node is None or node.class_id != "orgOrg":
        raise missing(dn, "find")
    return dn


def _nearest(call: Call, dn: str, class_id: str) -> Iterable[Node]:
    wanted, levels = wanted_by(call), organisations(dn)[: 1 if call.request.flag("inSingleLevel") else None]
    metas = concrete(call.schema, class_id)
    seen: set[str] = set()
    for level in levels:
        for node in (node for meta in metas for node in call.tree.children(level, meta.id)):
            rn = naming.divide(node.dn)[1]
            if rn not in seen and (wanted is None or wanted(node)):
                seen.add(rn)
                yield node
