"""Impact rules as data: what becomes of one end of a relation when the other end fails.

A relation points from the dependant (its source) to what it needs (its target).  A rule says how the target's state becomes the
source's; only `Capacity` reads the other way, since a cluster lives off the hosts that point to it.  The states are up < degraded <
down.  `cmdb.impact` computes with these; nothing here does.
"""

from __future__ import annotations

import msgspec


class Rule(msgspec.Struct, frozen=True, tag_field="rule"):
    """The base of all rules."""

    @property
    def code(self) -> str:
        """The stable word for it in the API and the documentation, e.g. ``ANY_OF``."""
        return str(self.__struct_config__.tag)

    @property
    def spreads(self) -> bool:
        """Whether anything at all follows from a failure over such a relation."""
        return True


class AllOf(Rule, frozen=True, tag="ALL_OF"):
    """Each target is needed: one that is down takes the source down, one that is degraded degrades it."""


class AnyOf(Rule, frozen=True, tag="ANY_OF"):
    """The targets of one source in the same ``group`` stand in for one another: some down degrades the source, all down takes it down."""

    group: str


class KOfN(Rule, frozen=True, tag="K_OF_N"):
    """Of the targets with the same value of the relation's property ``group_by``, as many must be up as its property ``needed`` says.

    All of them up: up.  At least that many up: degraded.  Fewer: down.  Without the property, one is needed.
    """

    group_by: str = "tier"
    needed: str = "needed"


class Capacity(Rule, frozen=True, tag="CAPACITY"):
    """The *target* (a cluster) lives off its sources (its hosts): the survivors' ``supply`` must carry the ``demand`` on all of them.

    No survivor: down.  Fewer than before: degraded, with the room that is left.
    """

    supply: tuple[str, ...] = ("cpu_mhz", "memory_bytes")
    demand: tuple[str, ...] = ("cpu_reserved_mhz", "memory_reserved_bytes")


class Restart(Rule, frozen=True, tag="RESTART"):
    """A VM on a host: where the VM is a member of a cluster with ``switch`` set and the survivors have room, it restarts elsewhere
    (degraded, briefly away); anywhere else it goes down with its host."""

    membership: str = "MEMBER_OF"
    switch: str = "ha_enabled"


class Degrades(Rule, frozen=True, tag="DEGRADES"):
    """The source works on without the target, but worse: down or degraded there is degraded here."""


class NoImpact(Rule, frozen=True, tag="NONE"):
    """A fact about where or whose something is; nothing fails along it."""

    @property
    def spreads(self) -> bool:
        """Never."""
        return False


ALL_OF = AllOf()
DEGRADES = Degrades()
NONE = NoImpact()
