"""The question of every scheduler: where could this be had?"""

from __future__ import annotations

import re
from typing import Any, Final

from emulators.openstack.call import Call
from emulators.openstack.credentials import admin
from emulators.openstack.faults import Fault
from emulators.openstack.placement.candidates import Candidate, Choice, Pool, Wanted, candidates
from emulators.openstack.placement.dated import dated
from emulators.openstack.placement.refusals import BAD_QUERY, DUPLICATE_QUERY, MISSING_QUERY
from emulators.openstack.placement.requests import MAX_INT, Group, group_of, require_known, traits_of
from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.schemas import Schema, closed
from emulators.openstack.service import Versioned

_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_LIMIT: Final = {"type": "array", "items": {"type": "string", "pattern": "^[1-9][0-9]*$"}}
_POLICY: Final = {"type": "array", "items": {"type": "string", "enum": ["none", "isolate"]}}
_NUMBER, _WORD = "[1-9][0-9]*", "[a-zA-Z0-9_-]{1,64}"
_OLD: Final = {"resources": _TEXTS}


def _grouped(suffix: str, *names: str, **others: Schema) -> Schema:
    patterns = {f"^{name}({suffix})?$": _TEXTS for name in names}
    properties = {"limit": _LIMIT, "group_policy": _POLICY, **others}
    return {"type": "object", "properties": properties, "patternProperties": patterns, "additionalProperties": False}


_PARTS: Final = ("resources", "required", "member_of")
_QUERY: Final = Versioned(
    {
        "1.10-1.15": closed(_OLD, "resources"),
        "1.16-1.16": closed({**_OLD, "limit": _LIMIT}, "resources"),
        "1.17-1.20": closed({**_OLD, "limit": _LIMIT, "required": _TEXTS}, "resources"),
        "1.21-1.24": closed({**_OLD, "limit": _LIMIT, "required": _TEXTS, "member_of": _TEXTS}, "resources"),
        "1.25-1.30": _grouped(_NUMBER, *_PARTS),
        "1.31-1.32": _grouped(_NUMBER, *_PARTS, "in_tree"),
        "1.33-1.34": _grouped(_WORD, *_PARTS, "in_tree"),
        "1.35-1.35": _grouped(_WORD, *_PARTS, "in_tree", root_required=_TEXTS),
        "1.36-": _grouped(_WORD, *_PARTS, "in_tree", root_required=_TEXTS, same_subtree=_TEXTS),
    }
)
_KEY: Final = re.compile(rf"(resources|required|member_of|in_tree)({_WORD})?")


@PLACEMENT.get("/allocation_candidates", rule=admin, versions="1.10-", query=_QUERY, quality="checked")
async def list_candidates(call: Call) -> dict[str, Any]:
    """Every way in which the request could be satisfied, and what the providers concerned have left."""
    wanted = _wanted(call)
    require_known(call.state, *wanted.groups)
    found, pool = candidates(call.state, wanted)
    dated(call)
    return {
        "allocation_requests": [_request(call, pool, one) for one in found],
        "provider_summaries": _summaries(call, pool, found, wanted),
    }


def _wanted(call: Call) -> Wanted:
    suffixes = dict.fromkeys(match[2] or "" for name in call.query if (match := _KEY.fullmatch(name)))
    groups = tuple(group_of(call, suffix, forbidden=call.since("1.22")) for suffix in suffixes)
    together = _subtrees(call)
    _require_resources(call, groups, frozenset().union(*together))
    policy = call.first("group_policy")
    if not policy and sum(bool(group.suffix) for group in groups) > 1:
        raise Fault(400, 'The "group_policy" parameter is required when specifying more than one "resources{N}" parameter.')
    required, forbidden = _of_root(call)
    return Wanted(
        groups=groups,
        isolate=policy == "isolate",
        limit=min(int(call.first("limit", "0")[:10]), MAX_INT),
        root_required=required,
        root_forbidden=forbidden,
        together=together,
        nested=call.since("1.29"),
    )


def _subtrees(call: Call) -> tuple[frozenset[str], ...]:
    found = tuple(frozenset(part.strip() for part in text.split(",")) for text in call.query.get("same_subtree", []))
    if any("" in some for some in found):
        raise Fault(400, "Empty string (unsuffixed group) can not be specified in `same_subtree` ", type=BAD_QUERY)
    return found


def _of_root(call: Call) -> tuple[frozenset[str], frozenset[str]]:
    values = call.query.get("root_required", [])
    if len(values) > 1:
        raise Fault(400, "Query parameter 'root_required' may be specified only once.", type=DUPLICATE_QUERY)
    required, forbidden = traits_of(values[0], "root_required", forbidden=True) if values else (frozenset[str](), frozenset[str]())
    if required & forbidden:
        names = ", ".join(sorted(required & forbidden))
        raise Fault(400, f"Conflicting required and forbidden traits found in root_required: {names}", type=BAD_QUERY)
    require_known(call.state, Group(required=(required,) if required else (), forbidden=forbidden))
    return required, forbidden


def _require_resources(call: Call, groups: tuple[Group, ...], together: frozenset[str]) -> None:
    """Every group asks for something; from 1.36 on one may ask for traits alone, if it must be in a subtree with others."""
    empty = [group.suffix for group in groups if not group.amounts]
    if len(empty) == len(groups):
        raise Fault(400, "There must be at least one resources or resources[$S] parameter.", type=MISSING_QUERY)
    bad = [suffix for suffix in empty if suffix not in together]
    if bad and call.since("1.36"):
        message = "Resourceless suffixed group request should be specified in `same_subtree` query param: bad group(s) - "
        raise Fault(400, f"{message}{bad}.", type=BAD_QUERY)
    if bad:
        raise Fault(400, "All request groups must specify resources.")
    missing = sorted(together - {group.suffix for group in groups})
    if missing:
        known = [group.suffix for group in groups]
        raise Fault(400, f"Real suffixes should be specified in `same_subtree`: {missing} not found in {known}.", type=BAD_QUERY)


def _request(call: Call, pool: Pool, one: Candidate) -> dict[str, Any]:
    by_uuid = _by_provider(pool, one.amounts)
    if not call.since("1.12"):
        rows = [{"resource_provider": {"uuid": uuid}, "resources": amounts} for uuid, amounts in by_uuid.items()]
        return {"allocations": rows}
    shown: dict[str, Any] = {"allocations": {uuid: {"resources": amounts} for uuid, amounts in by_uuid.items()}}
    if call.since("1.34"):
        shown["mappings"] = {suffix: [pool.known[key].uuid for key in keys] for suffix, keys in one.mappings.items()}
    return shown


def _by_provider(pool: Pool, amounts: Choice) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (key, name), amount in amounts.items():
        found.setdefault(pool.known[key].uuid, {})[name] = amount
    return found


def _summaries(call: Call, pool: Pool, found: list[Candidate], wanted: Wanted) -> dict[str, Any]:
    """The providers of the candidates; from 1.29 on those of their whole trees."""
    keys = dict.fromkeys(key for one in found for key, _ in one.amounts)
    if call.since("1.29"):
        roots = {pool.root[key] for key in keys}
        keys = dict.fromkeys(key for key in pool.known if pool.root[key] in roots)
    names = None if call.since("1.27") else {name for group in wanted.groups for name in group.amounts}
    return {pool.known[key].uuid: _summary(call, pool, key, names) for key in keys}


def _summary(call: Call, pool: Pool, key: str, names: set[str] | None) -> dict[str, Any]:
    one, used = pool.known[key], pool.used[key]
    left = {
        name: {"capacity": inventory.capacity, "used": used.get(name, 0)}
        for name, inventory in one.inventories.items()
        if names is None or name in names
    }
    shown: dict[str, Any] = {"resources": left}
    if call.since("1.17"):
        shown["traits"] = sorted(one.traits)
    if call.since("1.29"):
        above = pool.known.get(one.parent)
        shown |= {"parent_provider_uuid": above.uuid if above else None, "root_provider_uuid": pool.known[pool.root[key]].uuid}
    return shown
