"""Tasks, faults, timers and the world's own record."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from dcsim.events import Actor
from emulators.world.model.base import Entity, kind


class TaskState(StrEnum):
    """Where a long action stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    ERROR = "error"


class TaskError(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a task failed: the class name of the domain error, its sentence, and what it names."""

    type: str
    message: str
    subject: str = ""
    detail: dict[str, str] = msgspec.field(default_factory=dict)


@kind
class Task(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A long action.

    ``operation`` names it (``vm.power_on``), ``request`` is the operation itself (msgpack), so that a restart can finish it, and
    ``lock`` is the uid that it holds while it runs; ``awaits`` is the uid of a task that must end before this one does.
    Of the subject it keeps what outlives it: name, kind and number.  While it runs it takes ``room`` (a sum as ``capacity.Promised`` has
    it) of ``host`` and ``pool``: of a VM that starts there.
    """

    KIND: ClassVar[str] = "task"
    INDEXED: ClassVar[tuple[str, ...]] = ("subject", "state", "lock", "awaits", "host", "pool")

    operation: str
    subject: str = ""
    subject_name: str = ""
    subject_kind: str = ""
    subject_number: int = 0
    lock: str = ""
    state: TaskState = TaskState.RUNNING
    progress: int = 0
    cancelable: bool = False
    started: datetime | None = None
    completed: datetime | None = None
    actor: Actor
    request: bytes = b""
    cause: str = ""
    awaits: str = ""
    host: str = ""
    pool: str = ""
    room: tuple[int, ...] = ()
    result: str = ""
    error: TaskError | None = None


@kind
class Fault(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is wrong with ``subject``, injected or caused; ``cause`` is the id of the event that brought it about."""

    KIND: ClassVar[str] = "fault"
    INDEXED: ClassVar[tuple[str, ...]] = ("subject", "code")

    subject: str
    code: str
    severity: str = "critical"
    description: str = ""
    injected: bool = False
    cause: str = ""


@kind
class Timer(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A command (``request``: msgpack) that the engine executes when simulated time reaches ``due``."""

    KIND: ClassVar[str] = "timer"
    INDEXED: ClassVar[tuple[str, ...]] = ("subject",)

    subject: str
    due: datetime
    request: bytes
    cause: str = ""


@kind
class RememberedRequest(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A request that came with an idempotency key: what it asked (``fingerprint``) and what came of it, in case it comes again."""

    KIND: ClassVar[str] = "remembered_request"

    fingerprint: str
    result: str = ""


@kind
class World(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """The one record of the world itself: its seed, its timing profile and its clock."""

    KIND: ClassVar[str] = "world"

    seed: int
    timing: str = "instant"
    clock_base: datetime
    clock_mark: datetime
    clock_speed: float = 1.0
    clock_paused: bool = False
    parent: str = ""
