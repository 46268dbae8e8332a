"""Instance actions: what was asked of a server, by whom, in which steps, and how it ended."""

from __future__ import annotations

import uuid

import msgspec

from dcsim.events import Actor
from emulators.openstack.compute.servers.events import ACTION_CHANGED, ACTION_STARTED
from emulators.openstack.compute.servers.records import ActionEvent, InstanceAction, NovaServer
from emulators.world.decide import Decision


def request_of(actor: Actor) -> str:
    """The id of the request that somebody made, in OpenStack's form: that of the answer's ``x-compute-request-id``."""
    given = actor.request_id
    try:
        return f"req-{uuid.UUID(given.removeprefix('req-').replace('-', ''))}"
    except ValueError:
        return f"req-{given}"


def open_action(d: Decision, server: NovaServer, name: str, *, event: str = "", host: str = "", caller: tuple[str, str] = ("", "")) -> str:
    """An action begins, with its first step when ``event`` names one; answers its uid.  ``caller``: user and project."""
    steps = (ActionEvent(event, d.now, host=host),) if event else ()
    user, project = caller
    return d.create(
        ACTION_STARTED,
        InstanceAction,
        name=name,
        server=server.uid,
        request=request_of(d.context.actor),
        user=user or server.user,
        project=project or server.project,
        updated=d.now,
        events=steps,
    ).uid


def close_action(d: Decision, uid: str, *, error: str = "") -> None:
    """The action's last step is over; ``error`` says why it failed."""
    action = d.state.maybe(InstanceAction, uid)
    if action is None:
        return
    done = [event if event.finish else _finished(event, d, error) for event in action.events]
    d.update(ACTION_CHANGED, action, events=tuple(done), updated=d.now, message="Error" if error else action.message)


def _finished(event: ActionEvent, d: Decision, error: str) -> ActionEvent:
    return msgspec.structs.replace(event, finish=d.now, result="Error" if error else "Success", details=error or None)


def note_action(d: Decision, server: NovaServer, name: str, caller: tuple[str, str] = ("", "")) -> None:
    """An action that was over as soon as it was asked for."""
    open_action(d, server, name, caller=caller)
