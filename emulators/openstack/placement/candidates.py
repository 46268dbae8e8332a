"""Allocation candidates: the ways in which a request's groups can be satisfied, tree by tree.

The group without a suffix may have each resource class from another provider of the tree (or one that shares with it through an
aggregate); a group with a suffix has all of its own from one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, product
from typing import Final, NamedTuple

import msgspec

from emulators.openstack.placement import allocations
from emulators.openstack.placement.providers import SHARES, Provider, providers
from emulators.openstack.placement.requests import Group
from emulators.openstack.placement.resource_providers import fits
from emulators.world.state import WorldState

MOST: Final = 10_000
"""So many combinations are looked at, whatever is asked."""
Choice = dict[tuple[str, str], int]
"""An amount by provider's key and resource class."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The whole request; ``together`` are sets of suffixes whose providers must be in one subtree."""

    groups: tuple[Group, ...]
    isolate: bool = False
    limit: int = 0
    root_required: frozenset[str] = frozenset()
    root_forbidden: frozenset[str] = frozenset()
    together: tuple[frozenset[str], ...] = ()
    nested: bool = True


class Candidate(NamedTuple):
    """One way: what is taken where, and which providers (keys) each group has it from."""

    amounts: Choice
    mappings: dict[str, list[str]]


class Pool:
    """Everything that candidates are made of, as it is now."""

    def __init__(self, state: WorldState, wanted: Wanted) -> None:
        self.known = {one.key: one for one in providers(state)}
        self.used = {key: allocations.usages(state, one) for key, one in self.known.items()}
        self.root = {key: self._root(one) for key, one in self.known.items()}
        self.wanted = wanted

    def _root(self, one: Provider) -> str:
        while one.parent in self.known:
            one = self.known[one.parent]
        return one.key

    def trees(self) -> Iterator[tuple[Provider, list[Provider]]]:
        """Each tree: its root, and the providers that may give something to a request for it."""
        sharing = [one for one in self.known.values() if SHARES in one.traits]
        for key, root in self.known.items():
            if root.parent in self.known or not self._root_fits(root):
                continue
            members = [one for one in self.known.values() if self.root[one.key] == key and (self.wanted.nested or one.key == key)]
            reach = {uuid for one in members for uuid in one.aggregates}
            shared = [one for one in sharing if one not in members and reach.intersection(one.aggregates)]
            yield root, members + shared

    def _root_fits(self, root: Provider) -> bool:
        return self.wanted.root_required <= root.traits and not self.wanted.root_forbidden & root.traits

    def can(self, group: Group, one: Provider, names: Iterable[str]) -> bool:
        """Whether a provider is where the group wants it, and has the amounts of these classes."""
        root = self.known[self.root[one.key]]
        if group.in_tree and root.uuid != self._tree(group.in_tree):
            return False
        if not group.among((*one.aggregates, *root.aggregates)):
            return False
        return all(name in one.inventories and fits(one, name, group.amounts[name], self.used[one.key]) for name in names)

    def _tree(self, uuid: str) -> str:
        return next((self.known[self.root[one.key]].uuid for one in self.known.values() if one.uuid == uuid), "")

    def below(self, top: str, key: str) -> bool:
        """Whether a provider is another or below it."""
        while key in self.known:
            if key == top:
                return True
            key = self.known[key].parent
        return False


def candidates(state: WorldState, wanted: Wanted) -> tuple[list[Candidate], Pool]:
    """The ways to satisfy a request, at most ``limit`` (0: as many as there are)."""
    pool = Pool(state, wanted)
    found = (one for _, members in pool.trees() for one in islice(_of_tree(pool, members), MOST))
    return list(islice(found, wanted.limit or MOST)), pool


def _of_tree(pool: Pool, members: list[Provider]) -> Iterator[Candidate]:
    options = [list(_ways(pool, group, members)) for group in pool.wanted.groups]
    seen: set[frozenset[tuple[tuple[str, str], int]]] = set()
    for ways in product(*options):
        candidate = _combined(pool, ways)
        if candidate is not None and (mark := frozenset(candidate.amounts.items())) not in seen:
            seen.add(mark)
            yield candidate


def _ways(pool: Pool, group: Group, members: list[Provider]) -> Iterator[Choice]:
    """How one group can be satisfied in a tree."""
    if group.suffix or not group.amounts:
        for one in members:
            if group.suits(one.traits) and pool.can(group, one, group.amounts):
                yield {(one.key, name): amount for name, amount in group.amounts.items()} or {(one.key, ""): 0}
        return
    names = list(group.amounts)
    able = [[one for one in members if pool.can(group, one, [name])] for name in names]
    for chosen in product(*able):
        traits = frozenset(trait for one in chosen for trait in one.traits)
        if group.suits(traits):
            yield {(one.key, name): group.amounts[name] for one, name in zip(chosen, names, strict=True)}


def _combined(pool: Pool, ways: tuple[Choice, ...]) -> Candidate | None:
    """All groups' ways as one candidate, if they go together."""
    amounts: Choice = {}
    for way in ways:
        for place, amount in way.items():
            amounts[place] = amounts.get(place, 0) + amount
    mappings = {group.suffix: list(dict.fromkeys(key for key, _ in way)) for group, way in zip(pool.wanted.groups, ways, strict=True)}
    amounts = {place: amount for place, amount in amounts.items() if amount}
    if not amounts or not all(fits(pool.known[key], name, amount, pool.used[key]) for (key, name), amount in amounts.items()):
        return None
    if pool.wanted.isolate and not _apart(mappings):
        return None
    if not all(_in_one_subtree(pool, suffixes, mappings) for suffixes in pool.wanted.together):
        return None
    return Candidate(amounts, mappings)


def _apart(mappings: dict[str, list[str]]) -> bool:
    named = [keys[0] for suffix, keys in mappings.items() if suffix]
    return len(set(named)) == len(named)


def _in_one_subtree(pool: Pool, suffixes: frozenset[str], mappings: dict[str, list[str]]) -> bool:
    keys = [key for suffix in suffixes for key in mappings.get(suffix, [])]
    return any(all(pool.below(top, key) for key in keys) for top in keys)
