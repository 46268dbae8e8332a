"""The engine's event stream in the port's words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from dcsim.errors import MachinesUnavailable
from emulators.machines.docker import naming
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.expectations import Expectations
from emulators.machines.port import MachineEvent, MachineEventKind

KINDS = {
    "create": MachineEventKind.CREATED,
    "start": MachineEventKind.STARTED,
    "die": MachineEventKind.DIED,
    "oom": MachineEventKind.OOM,
    "pause": MachineEventKind.PAUSED,
    "unpause": MachineEventKind.RESUMED,
    "update": MachineEventKind.RESIZED,
    "destroy": MachineEventKind.DELETED,
}


async def follow(engine: EngineClient, expectations: Expectations, world: str, since: datetime | None) -> AsyncIterator[MachineEvent]:
    """Events of the world's machines, in order. Raises MachinesUnavailable when the stream ends."""
    labels = (f"{naming.WORLD}={world}", naming.VM)
    params = naming.label_filter(*labels, type=["container"], event=list(KINDS))
    if since is not None:
        params["since"] = f"{since.timestamp():.6f}"
    async with engine.stream("events", doing="follow events", params=params) as lines:
        async for line in lines:
            yield _event(msgspec.json.decode(line), expectations)
    raise MachinesUnavailable("The Docker engine ended its event stream; list the machines and follow again.")


def _event(row: dict[str, Any], expectations: Expectations) -> MachineEvent:
    attributes = row["Actor"]["Attributes"]
    machine_id, kind = attributes[naming.VM], KINDS[row["Action"]]
    exit_code = attributes.get("exitCode")
    ours = expectations.claim(machine_id, kind, (row["Actor"]["ID"], row["timeNano"]))
    return MachineEvent(
        id=machine_id,
        kind=kind,
        time=datetime.fromtimestamp(row["timeNano"] / 1e9, UTC),
        exit_code=None if exit_code is None else int(exit_code),
        outside=not ours,
    )
