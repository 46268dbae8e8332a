"""Operations become tasks: started, progressed, completed, failed, cancelled.

While its task runs, an operation holds its subject: another one is refused with Busy.  The task keeps the operation itself, so that
what a crash interrupted is taken up again.
"""

from __future__ import annotations

from typing import NamedTuple

from dcsim.errors import Busy, DcsimError, InvalidState
from dcsim.ids import random_for
from emulators.world.commands import (
    BEGINS,
    EFFECTLESS,
    FAILS,
    FINISHES,
    Command,
    Effect,
    Operation,
    decides,
    decode_command,
    encode_command,
    follows,
)
from emulators.world.decide import Decision
from emulators.world.events import Event, declare
from emulators.world.model import Entity, Task, TaskError, TaskState, World
from emulators.world.state import WorldState
from emulators.world.timing import TIMING_FACTOR

TASK_STARTED = declare("dcsim.work.task.started", "A long action began")
TASK_PROGRESSED = declare("dcsim.work.task.progressed", "A long action got further")
TASK_COMPLETED = declare("dcsim.work.task.completed", "A long action succeeded")
TASK_FAILED = declare("dcsim.work.task.failed", "A long action failed")
TASK_FORGOTTEN = declare("dcsim.work.task.forgotten", "An old task left the history")
KEPT_TASKS = 2_000


class Handover(NamedTuple):
    """What an operation's finish answers when another ``task`` must end first; ``result`` is the operation's own."""

    task: str
    result: str


class ProgressTask(Command, frozen=True, kw_only=True, tag="task.progress"):
    """Say how far a task is, in percent."""

    task: str
    progress: int


class CompleteTask(Command, frozen=True, kw_only=True, tag="task.complete"):
    """The effect of a task's operation is done."""

    task: str
    effect: Effect = Effect()


class FailTask(Command, frozen=True, kw_only=True, tag="task.fail"):
    """The effect of a task's operation could not be done."""

    task: str
    error: TaskError


class CancelTask(Command, frozen=True, kw_only=True, tag="task.cancel"):
    """Stop a task that can be cancelled."""

    task: str


class RefuseOperation(Command, frozen=True, kw_only=True, tag="task.refuse"):
    """Record an operation (``encode_command``) that was refused when it began: its task exists, and has failed."""

    operation: bytes
    error: TaskError


def task_error(error: DcsimError) -> TaskError:
    """An error as a task keeps it: adapters turn ``type`` and ``detail`` into their vendor's fault."""
    detail = {key: str(value) for key, value in vars(error).items() if value and key not in {"message", "subject"}}
    return TaskError(type(error).__name__, error.message, getattr(error, "subject", None) or "", detail)


def holder(decision: Decision, uid: str) -> Task | None:
    """The running task that holds an entity, if any."""
    return decision.state.one(Task, "lock", uid)


def require_free(decision: Decision, uid: str, name: str) -> None:
    """Raise Busy while an operation holds the entity."""
    task = holder(decision, uid)
    if task is not None:
        raise Busy(f"Another task is already in progress on {name!r}: {task.operation}.", subject=uid, task=task.uid)


@decides(Operation)
def start(decision: Decision, operation: Operation) -> str:
    """Check an operation, make its task, and finish it at once when there is nothing to wait for; answers the task's uid."""
    subject = _subject(decision, operation)
    if subject is not None and operation.LOCKS:
        require_free(decision, subject.uid, subject.name)
    resolved = BEGINS[type(operation)](decision, operation) or operation
    if subject is not None:
        subject = decision.state.find(subject.uid) or subject
    task = _record(decision, resolved, subject)
    if type(operation) in EFFECTLESS and not seconds_for(decision.state, decision.context.seed, task.uid, resolved):
        complete(decision, CompleteTask(task=task.uid))
    return task.uid


@decides(RefuseOperation)
def refuse(decision: Decision, command: RefuseOperation) -> str:
    """The failed task's uid; control planes that report refusals in the task ask for this."""
    operation = decode_command(command.operation)
    assert isinstance(operation, Operation)  # noqa: S101 - nothing else becomes a task
    task = _record(decision, operation, _subject(decision, operation))
    decision.update(TASK_FAILED, task, state=TaskState.ERROR, completed=decision.now, lock="", cancelable=False, error=command.error)
    return task.uid


def _subject(decision: Decision, operation: Operation) -> Entity | None:
    uid: str = getattr(operation, operation.SUBJECT)
    return decision.get(Entity, uid) if uid else None


def _record(decision: Decision, operation: Operation, subject: Entity | None) -> Task:
    if decision.state.count(Task) >= KEPT_TASKS:
        _forget_oldest(decision)
    name = str(type(operation).__struct_config__.tag)
    uid, room = decision.new_uid("task"), operation.room(decision.state)
    return decision.create(
        TASK_STARTED,
        Task,
        uid=uid,
        name=operation.LABEL or name,
        operation=name,
        site=subject.site if subject else "",
        subject=subject.uid if subject else "",
        subject_name=subject.name if subject else "",
        subject_kind=subject.KIND if subject else "",
        subject_number=subject.number if subject else 0,
        lock=subject.uid if subject and operation.LOCKS else "",
        started=decision.now,
        actor=decision.context.actor,
        request=encode_command(operation),
        cause=decision.cause,
        cancelable=operation.CANCELABLE,
        host=room.host,
        pool=room.pool,
        room=room.amounts,
    )


def _forget_oldest(decision: Decision) -> None:
    if not any(decision.state.count(Task, "state", over) for over in (TaskState.SUCCESS, TaskState.ERROR)):
        return  # as while thousands are under way: no need to look at each of them
    oldest = next((task for task in decision.state.iterate(Task) if task.state in {TaskState.SUCCESS, TaskState.ERROR}), None)
    if oldest is not None:
        decision.delete(TASK_FORGOTTEN, oldest)


def seconds_for(state: WorldState, seed: int, task: str, operation: Operation) -> float:
    """Simulated seconds that the operation takes by the world's timing profile, with the seed's jitter (±20 %)."""
    worlds = state.all(World)
    factor = TIMING_FACTOR[worlds[0].timing] if worlds else 0.0
    return factor * operation.SECONDS * random_for(seed, task).uniform(0.8, 1.2)


def running(decision: Decision, uid: str) -> Task:
    """The task, refused unless it still runs."""
    task = decision.get(Task, uid)
    if task.state is not TaskState.RUNNING:
        raise InvalidState(f"The task {task.operation} is over.", subject=uid, existing=task.state)
    return task


@decides(ProgressTask)
def progress(decision: Decision, command: ProgressTask) -> None:
    """Record progress."""
    decision.update(TASK_PROGRESSED, running(decision, command.task), progress=min(max(command.progress, 0), 99))


@decides(CompleteTask)
def complete(decision: Decision, command: CompleteTask) -> None:
    """Let the operation's consequences follow; when they are refused by now, the task fails with that."""
    task = running(decision, command.task)
    if task.awaits:
        return
    operation = decode_command(task.request)
    decision.because(task.cause or decision.cause)
    with decision.savepoint() as refused:
        result = FINISHES[type(operation)](decision, operation, command.effect)  # type: ignore[index]  # only operations become tasks
    if refused.error is not None:
        _fail(decision, task, operation, task_error(refused.error))
    elif isinstance(result, Handover):
        decision.update(TASK_PROGRESSED, task, progress=95, awaits=result.task, result=result.result, cancelable=False)
    else:
        _succeed(decision, task, result or "")


@follows(TASK_COMPLETED, TASK_FAILED)
def end_waiting(decision: Decision, event: Event) -> None:
    """A task that awaited this one ends as it did."""
    ended = decision.get(Task, event.subject)
    for task in decision.state.where(Task, "awaits", ended.uid):
        if task.state is TaskState.RUNNING and ended.error is not None:
            _fail(decision, task, decode_command(task.request), ended.error)
        elif task.state is TaskState.RUNNING:
            _succeed(decision, task, task.result)


def _succeed(decision: Decision, task: Task, result: str) -> None:
    decision.update(
        TASK_COMPLETED, task, state=TaskState.SUCCESS, progress=100, completed=decision.now, lock="", cancelable=False, result=result
    )


@decides(FailTask)
def fail(decision: Decision, command: FailTask) -> None:
    """Undo what the operation began and record why it failed."""
    task = running(decision, command.task)
    _fail(decision, task, decode_command(task.request), command.error)


@decides(CancelTask)
def cancel(decision: Decision, command: CancelTask) -> None:
    """Cancel a task that allows it."""
    task = running(decision, command.task)
    if not task.cancelable:
        raise InvalidState(f"The task {task.operation} cannot be cancelled.", subject=task.uid)
    _fail(decision, task, decode_command(task.request), TaskError("Cancelled", "The task was canceled by a user."))


def _fail(decision: Decision, task: Task, operation: Command, error: TaskError) -> None:
    undo = FAILS.get(type(operation))  # type: ignore[arg-type]  # only operations become tasks
    if undo is not None:
        undo(decision, operation, error.message)
    decision.update(TASK_FAILED, task, state=TaskState.ERROR, completed=decision.now, lock="", cancelable=False, error=error)


__all__ = ["CancelTask", "CompleteTask", "FailTask", "Handover", "ProgressTask", "holder", "require_free", "seconds_for", "task_error"]
