"""Images of servers: createImage and createBackup.  The image's content is the machine's file system."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from weakref import WeakKeyDictionary

from emulators.conductor.hands import Hands
from emulators.openstack.asks import ask
from emulators.openstack.call import Call, Reply
from emulators.openstack.cloud import Cloud
from emulators.openstack.compute.servers import states
from emulators.openstack.compute.servers.lookup import caller_of, server_of
from emulators.openstack.compute.servers.power_actions import ACTION
from emulators.openstack.compute.servers.records import BlockDevice, InstanceAction, NovaServer
from emulators.openstack.compute.servers.schemas import CREATE_IMAGE
from emulators.openstack.compute.servers.works import Caller, ServerWork, begin_work, conclude, let_be, work
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.faults import Fault
from emulators.openstack.image import face as image
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.reads import Reads
from emulators.openstack.schemas import METADATA, NAME, NON_NEGATIVE, closed
from emulators.world.commands import Effect
from emulators.world.decide import Decision

GIB: Final = 1 << 30
UNSEEN_SECONDS: Final = 1.0
"""Simulated seconds that an image is being saved at the least while nobody in the project looks at anything."""
_OF_HANDS: Final[WeakKeyDictionary[Hands, Reads]] = WeakKeyDictionary()
BACKUP: Final = closed(
    {"name": NAME, "backup_type": {"type": "string"}, "rotation": NON_NEGATIVE, "metadata": METADATA}, "name", "backup_type", "rotation"
)
NOT_INHERITED: Final = frozenset({"cache_in_nova", "bittorrent"})


@ask
def snapshot(d: Decision, *, server: str, name: str, properties: dict[str, str], action: str, caller: Caller) -> str:
    """Begin an image of a server; answers the image's id.  Raises Fault 409 when that is not allowed now."""
    found = d.get(NovaServer, server)
    states.require(found, action)
    image_id = queue(d, found, name, properties, user=caller[0], kind="backup" if action == "createBackup" else "snapshot")
    task = "image_backup" if action == "createBackup" else "image_snapshot"
    begin_work(d, found, "snapshot", task=task, action=action, caller=caller, image=image_id)
    return image_id


def queue(d: Decision, server: NovaServer, name: str, properties: dict[str, str], *, user: str, kind: str) -> str:
    """An image of a server, still without its content."""
    base = d.state.maybe(GlanceImage, server.image)
    inherited = {key: value for key, value in server.image_properties.items() if key not in NOT_INHERITED}
    own = {
        "image_type": kind,
        "instance_uuid": server.uid,
        "user_id": user,
        "base_image_ref": server.image,
        "owner_id": server.project,
        "image_location": "snapshot",
        "image_state": "available",
    }
    made = image.queue_snapshot(
        d,
        project=server.project,
        user=user,
        name=name,
        properties={**inherited, **own, **properties},
        min_disk=max(server.flavor.disk, base.min_disk if base else 0),
        min_ram=base.min_ram if base else 0,
    )
    return made.uid


@work("snapshot")
async def take(hands: Hands, job: ServerWork) -> Effect:
    """Keep the machine's files; whoever asks for a second image directly after the first is refused, as by nova."""
    seen = asyncio.create_task(_seen(hands, job))
    try:
        known = await hands.known(hands.vm(job.vm))
        done = Effect(ref=await hands.machines.snapshot(job.vm, job.given["image"])) if known else Effect()
        await seen
    finally:
        seen.cancel()
        await asyncio.gather(seen, return_exceptions=True)
    return done


async def _seen(hands: Hands, job: ServerWork) -> None:
    """Return when whoever asked for the image, or another of the project, has looked since, and so may have seen that it is being saved."""
    asked, reads = hands.state.maybe(InstanceAction, job.action), _OF_HANDS.get(hands)
    if asked is not None and reads is not None:
        await reads.next(asked.project, UNSEEN_SECONDS)


def hand_over(cloud: Cloud) -> None:
    """Let the work on the cloud's machines know who reads."""
    _OF_HANDS[cloud.conductor.hands] = cloud.reads


@take.finish
def taken(d: Decision, server: NovaServer, job: ServerWork, done: Effect) -> None:
    """The image is there."""
    complete(d, server, job.given["image"], done.ref)
    conclude(d, server)


def complete(d: Decision, server: NovaServer, image_id: str, ref: str) -> None:
    """The content of an image is there; simulated machines' is their own image's."""
    known = ref if ref and not ref.startswith("simulated:") else image.guest_ref(d.state, server.image)
    image.complete_snapshot(d, image_id, size=max(server.flavor.disk, 1) * GIB, ref=known)


@take.fail
def not_taken(d: Decision, server: NovaServer, job: ServerWork, message: str) -> None:
    """The image goes."""
    image.drop_snapshot(d, job.given["image"])
    let_be(d, server, job, message)


@COMPUTE.action(ACTION, "createImage", body=CREATE_IMAGE)
async def create_image(call: Call) -> Reply:
    """An image of the server: its id is in the Location, and from 2.45 in the body."""
    server = server_of(call)
    made = await _snapshot(call, server, call.body["name"].strip(), "createImage", call.body.get("metadata", {}))
    return _reply(call, made)


@COMPUTE.action(ACTION, "createBackup", body=BACKUP)
async def create_backup(call: Call) -> Reply:
    """The same, with as many older backups of the type kept as ``rotation`` says."""
    server, body = server_of(call), call.body
    if any(one.boot_index == 0 for one in call.state.where(BlockDevice, "server", server.uid)):
        raise Fault(400, "It's not supported to backup volume backed instance.")
    properties = {**body.get("metadata", {}), "backup_type": body["backup_type"]}
    made = await _snapshot(call, server, body["name"].strip(), "createBackup", properties)
    await call.ask(rotate, server=server.uid, backup_type=body["backup_type"], keep=int(body["rotation"]))
    if not int(body["rotation"]):
        return Reply()
    return _reply(call, made)


async def _snapshot(call: Call, server: NovaServer, name: str, action: str, properties: dict[str, str]) -> str:
    return await call.ask(snapshot, server=server.uid, name=name, properties=properties, action=action, caller=caller_of(call))


def _reply(call: Call, image_id: str) -> Reply:
    if call.since("2.45"):
        return Reply({"image_id": image_id})
    return Reply(headers={"Location": call.url(f"/images/{image_id}")})


@ask
def rotate(d: Decision, *, server: str, backup_type: str, keep: int) -> None:
    """Remove the oldest backups of a type."""
    found = d.get(NovaServer, server)
    backups: list[Any] = [
        one
        for one in d.state.where(GlanceImage, "project", found.project)
        if one.properties.get("instance_uuid") == server and one.properties.get("backup_type") == backup_type and one.status == "active"
    ]
    for old in backups[: max(len(backups) + 1 - keep, 0)]:
        image.remove(d, old)
