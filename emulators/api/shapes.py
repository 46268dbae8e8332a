"""What the engine's REST API takes and answers.  Sizes are bytes, times RFC 3339 UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from dcsim.events import Actor
from dcsim.http.pages import Limit
from emulators.world.inventory.spec import BladeClass

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Serial = Annotated[str, Meta(pattern="^[A-Z0-9]{0,32}$")]
Kind = Annotated[str, Meta(pattern="^[a-z_]+$")]


class StateView(msgspec.Struct, frozen=True):
    """The world in numbers; ``sequence`` is its last event."""

    world: str
    seed: int
    timing: str
    sequence: int
    simulated_time: datetime
    entities: dict[str, int]
    running_tasks: int


class VmView(msgspec.Struct, frozen=True):
    """A VM or server; ``machine`` is docker, simulated or empty (it has never run)."""

    uid: str
    name: str
    version: int
    owner: str
    power: str
    host: str
    host_name: str
    addresses: list[str]
    cpus: int
    memory_bytes: int
    machine: str
    uuid: str
    instance_uuid: str
    tags: list[str]
    template: bool


class HostView(msgspec.Struct, frozen=True):
    """A hypervisor with its blade."""

    uid: str
    name: str
    version: int
    flavor: str
    cluster: str
    connection: str
    running: bool
    maintenance: bool
    blade: str
    blade_name: str
    blade_power: str
    vms: int
    why_down: str


class EntityView(msgspec.Struct, frozen=True):
    """Any entity, with all its fields."""

    kind: str
    uid: str
    name: str
    version: int
    fields: dict[str, Any]


class TaskView(msgspec.Struct, frozen=True):
    """A long action."""

    uid: str
    operation: str
    subject: str
    state: str
    progress: int
    created: datetime
    completed: datetime | None
    actor: Actor
    result: str
    error: str


class EventView(msgspec.Struct, frozen=True):
    """An event of the journal; ``data`` has its changes, before and after."""

    sequence: int
    id: str
    type: str
    subject: str
    time: datetime
    simulated_time: datetime
    actor: Actor
    cause: str
    data: Any


class FaultView(msgspec.Struct, frozen=True):
    """Something that is wrong."""

    uid: str
    code: str
    subject: str
    subject_name: str
    severity: str
    description: str
    injected: bool
    since: datetime


class FaultKindView(msgspec.Struct, frozen=True):
    """A fault that can be injected, and the kind of thing that it strikes."""

    code: str
    subject_kind: str
    severity: str
    description: str


class InjectBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which thing to break: its uid, or its name where only one of its kind has it."""

    subject: Annotated[str, Meta(min_length=1, max_length=200)]


class PowerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which power a VM should have; ``reset`` cuts it and gives it back."""

    power: Literal["on", "off", "suspended", "reset"]


class BladePowerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which power a blade should have."""

    power: Literal["on", "off"]


class ChassisBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chassis to put into a UCS domain (uid or name); slot 0 is the first free number.

    With the serial number of one that was taken away, that one comes back.
    """

    domain: Name
    slot: Annotated[int, Meta(ge=0, le=20)] = 0
    rack: Annotated[str, Meta(max_length=200)] = ""
    serial: Serial = ""


class BladeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A blade to put into a chassis (uid or name); slot 0 is the first free one, and without ``hardware`` it is as its neighbours are.

    With the serial number of the one that was pulled out of this slot, that one comes back.
    """

    chassis: Name
    slot: Annotated[int, Meta(ge=0, le=8)] = 0
    hardware: BladeClass | None = None
    serial: Serial = ""


class RackServerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rack server to put into a UCS domain (uid or name); unit 0 is the first free number.

    Without ``hardware`` it is as the domain's first is.  With the serial number of one that was taken away, that one comes back.
    """

    domain: Name
    unit: Annotated[int, Meta(ge=0, le=160)] = 0
    rack: Annotated[str, Meta(max_length=200)] = ""
    hardware: BladeClass | None = None
    serial: Serial = ""


class ClockView(msgspec.Struct, frozen=True):
    """The simulated clock; ``speed`` is simulated seconds per wall second."""

    simulated_time: datetime
    wall_time: datetime
    speed: float
    paused: bool


class ClockBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change of the clock."""

    speed: Annotated[float, Meta(ge=1, le=1000)] | None = None
    paused: bool | None = None


class StepBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many simulated seconds to step forward."""

    seconds: Annotated[float, Meta(ge=0, le=31_536_000)]


class CheckpointBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The name of a checkpoint to take."""

    name: Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class ForkBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the forked world shall live: a name beside this world's data directory."""

    name: Annotated[str, Meta(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Fork(msgspec.Struct, frozen=True):
    """Where a forked world is: start it with ``dcsim up --data-dir``."""

    data_dir: str


class Restored(msgspec.Struct, frozen=True):
    """The world's sequence after it went back."""

    sequence: int


class Accepted(msgspec.Struct, frozen=True):
    """The task that does it."""

    task: str


class ListQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of a list: ``cursor`` is the last page's ``next``; ``name`` filters by the exact name."""

    limit: Limit = 100
    cursor: str = ""
    name: str = ""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One condition on a field (``power``), a field within a field (``guest.hostname``) or a computed one.

    ``eq`` and ``has`` look into lists, ``like`` is a part of a text whatever its case, ``exists`` is whether there is anything.
    """

    field: Annotated[str, Meta(min_length=1, max_length=100)]
    op: Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "like", "has", "exists"] = "eq"
    value: str | int | float | bool | list[str] = ""


class GroupBy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list for each of these values of a field."""

    field: Annotated[str, Meta(min_length=1, max_length=100)]
    values: Annotated[list[str], Meta(min_length=1, max_length=1000)]


class EntitySelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which entities, and what of them: every condition holds; ``fields`` empty means all; ``sort`` by a field, ``-`` descends.

    With ``by``, limit and cursor are those of each group.
    """

    where: Annotated[list[Condition], Meta(max_length=50)] = msgspec.field(default_factory=list)
    by: GroupBy | None = None
    fields: Annotated[list[str], Meta(max_length=200)] = msgspec.field(default_factory=list)
    sort: Annotated[str, Meta(min_length=1, max_length=100)] = "number"
    limit: Limit = 100
    cursor: str = ""


class EntityRows(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows with uid, name, version and what was asked for; ``total`` of all pages; ``groups`` instead, where groups were asked for."""

    items: list[dict[str, Any]] = msgspec.field(default_factory=list)
    next: str = ""
    total: int = 0
    groups: dict[str, EntityRows] = msgspec.field(default_factory=dict)


class VmQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of VMs, filtered."""

    limit: Limit = 100
    cursor: str = ""
    name: str = ""
    power: Literal["", "on", "off", "suspended"] = ""
    host: str = ""
    owner: Literal["", "vsphere", "openstack"] = ""


class EventQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events after a sequence number, of one subject when named."""

    after: Annotated[int, Meta(ge=0, le=(1 << 62))] = 0
    limit: Limit = 100
    subject: str = ""
