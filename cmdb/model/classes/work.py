"""Work that the CMDB asks people to do."""

from __future__ import annotations

from cmdb.model.declare import Item, Text, Texts, ci_class


@ci_class(table="reconcile_duplicate_task", icon="task", family="work", identifiers=(("name",),), indexed=("state",))
class DeDuplicationTask(Item, frozen=True, kw_only=True):
    """Two or more CIs may be the same thing and nothing tells them apart for certain: a person decides.

    ``candidates`` are CI uids; ``identifier`` names the attributes that agree, ``value`` says on what; ``state`` is open, merged or
    dismissed.
    """

    candidates: Texts = None
    identifier: Text = None
    value: Text = None
    state: Text = None
    decided_by: Text = None
