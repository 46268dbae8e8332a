"""Names that Ansible takes: groups of letters, digits and underscores, and no two hosts, or two groups, of one name."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

_UNSAFE: Final = re.compile(r"[^a-z0-9]+")
PREFIXES: Final = {"application": "app", "datacenter": "dc"}
"""Of kinds of groups that are not their own prefix."""
_RESERVED: Final = frozenset({"all", "ungrouped", "localhost"})


def group_names(groups: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(kind, name) → a name for the group.  Different groups whose names would be one are told apart by a hash of what they are of."""
    wanted = {group: f"{PREFIXES.get(group[0], group[0])}_{_UNSAFE.sub('_', group[1].lower()).strip('_') or 'unnamed'}" for group in groups}
    taken = Counter(wanted.values())
    return {group: name if taken[name] == 1 else f"{name}_{_mark(group[1])}" for group, name in wanted.items()}


class HostNames:
    """Names of hosts: that of the CI where it is alone, else with the uid behind it."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def count(self, name: str) -> None:
        """One more CI of this name."""
        self._seen[plain(name)] += 1

    def of(self, name: str, uid: str) -> str:
        """The host's name, once all have been counted."""
        given = plain(name)
        return given if given and self._seen[given] == 1 and given not in _RESERVED else f"{given or 'host'}_{uid}"


def plain(name: str) -> str:
    """A name without what would be a pattern, a range or a template to Ansible."""
    return re.sub(r"[\s,:;!&*?\[\]{}()<>'\"\\/|%#~$@]+", "_", name).strip("_")


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
