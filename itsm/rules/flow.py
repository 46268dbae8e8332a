"""States and the ways between them, as data: what may follow what, and which fields must be filled to get there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Generic, TypeVar

import msgspec

from dcsim.errors import InvalidArgument, InvalidState
from itsm.draft import Draft

StateT = TypeVar("StateT", bound=IntEnum)


class Flow(msgspec.Struct, Generic[StateT], frozen=True):
    """The states of one kind of ticket.  ``needs`` are fields that may not be empty in a state; in ``ended`` ones a ticket is inactive."""

    states: type[IntEnum]
    ways: Mapping[Any, frozenset[Any]]
    needs: Mapping[Any, tuple[str, ...]]
    ended: frozenset[Any]

    def judge(self, draft: Draft) -> None:
        """Refuse a way that is not there, or a state whose fields are empty.  Raises InvalidState, InvalidArgument."""
        state = self.states(draft["state"])
        if not draft.new and draft.changed("state"):
            self._demand_way(self.states(draft.before["state"]), state)
        for name in self.needs.get(state, ()):
            if not draft[name]:
                raise InvalidArgument(f"{shown(state)} needs {draft.table.fields[name].label} ({name}).", field=name)
        draft["active"] = state not in self.ended

    def after(self, state: IntEnum) -> list[IntEnum]:
        """Where a ticket in that state may go."""
        return sorted(self.ways[state])

    def _demand_way(self, before: IntEnum, state: IntEnum) -> None:
        if state not in self.ways[before]:
            there = ", ".join(f"{shown(one)} ({one.value})" for one in self.after(before)) or "nowhere: it has ended"
            raise InvalidState(f"{shown(before)} ({before.value}) does not lead to {shown(state)} ({state.value}); it leads to {there}.")


def shown(state: IntEnum) -> str:
    """What people read of a state."""
    return state.name.replace("_", " ").title()
