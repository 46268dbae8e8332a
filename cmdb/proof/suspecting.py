"""Which relation is to blame for a difference: the one that carried too much, or the one that did not carry, or is not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from cmdb.impact import CiRef, Step
from cmdb.impact.report import ref
from cmdb.impact.view import rule_between
from cmdb.model import Ci, Relation
from cmdb.proof.report import Suspect
from cmdb.stores.port import GraphStore

DEPTH: Final = 4
"""How many relations away the cause of what was missed is looked for."""


def carried_too_much(path: tuple[Step, ...], wrong: Collection[str], refs: Mapping[str, CiRef]) -> Suspect | None:
    """The step of a prediction that leads from a CI that was wrongly taken for hit to one that was hit."""
    for step in path:
        other = step.target if step.subject.uid == step.source else step.source
        if other not in wrong:
            source, target = (refs.get(uid) or CiRef(uid, "", uid) for uid in (step.source, step.target))
            return Suspect(source, step.type, target, step.rule, f"{step.rule} spread what did not spread: {step.reason}")
    return None


async def did_not_carry(store: GraphStore, missed: CiRef, hit: Collection[str]) -> Suspect:
    """The first relation on the shortest way from a CI that was missed to something that was hit, whatever its rule."""
    cis: dict[str, Ci] = await store.nodes([missed.uid])
    first: dict[str, Relation] = {}
    seen, level = {missed.uid}, [missed.uid]
    for _ in range(DEPTH):
        fresh: dict[str, None] = {}
        for relation in await store.relations_of(level, "out"):
            if relation.target not in seen:
                seen.add(relation.target)
                fresh[relation.target] = None
                first[relation.target] = first.get(relation.source, relation)
        reached = next((uid for uid in fresh if uid in hit), None)
        if reached is not None:
            relation = first[reached]
            cis |= await store.nodes([relation.target, reached])
            return _silent(cis, missed, relation, cis[reached])
        level = list(fresh)
    return Suspect(missed, "", None, "", f"no relation leads from {missed.name} to anything that failed: one is missing")


def _silent(cis: dict[str, Ci], missed: CiRef, relation: Relation, reached: Ci) -> Suspect:
    target = cis[relation.target]
    rule = rule_between(missed.cls, relation.type, target.cls)
    code = rule.code if rule is not None else ""
    return Suspect(missed, relation.type, ref(target), code, f"{code or 'an undeclared rule'} did not carry what befell {reached.name}")
