"""What Nova keeps of servers beside their VMs."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from emulators.world.decisions.records import Record
from emulators.world.model.base import kind


class FlavorOf(msgspec.Struct, frozen=True, omit_defaults=True):
    """The flavor that a server was made with, as it was then; ``ram`` and ``swap`` in MiB, ``disk`` and ``ephemeral`` in GiB."""

    id: str
    name: str
    vcpus: int
    ram: int
    disk: int
    ephemeral: int = 0
    swap: int = 0
    extra_specs: dict[str, str] = msgspec.field(default_factory=dict)


class ServerFault(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a server is in ERROR; ``details`` is for administrators."""

    code: int
    message: str
    created: datetime
    details: str = ""


class Stash(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a server goes back to: before a resize or migration (flavor, host, whether it ran), rescue or shelving.

    ``ref`` is the machine backend's name of the files kept meanwhile, ``image`` the image that a shelved server is made from again.
    """

    flavor: FlavorOf | None = None
    host: str = ""
    vm_state: str = ""
    ref: str = ""
    image: str = ""


@kind
class NovaServer(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A server; ``uid`` is its id, ``tags`` are its tags.

    ``vm`` is the world's Vm (empty while it has none: not placed, or shelved and offloaded), ``host`` the uid of its Hypervisor.
    ``locked`` says who locked it: empty, ``owner`` or ``admin``.  ``zone`` is the availability zone that was asked for.
    ``image`` is empty for a server that boots from a volume.  ``power_state`` is what Nova last saw of the VM.
    ``queued`` has the actions that are hard reboots, to be done one after another once what is done now is over.
    """

    KIND: ClassVar[str] = "nova_server"
    SECRET: ClassVar[tuple[str, ...]] = ("password", "admin_pass", "user_data")
    INDEXED: ClassVar[tuple[str, ...]] = ("project", "user", "host", "vm", "image", "group", "key_name", "reservation")

    project: str
    user: str
    vm: str = ""
    host: str = ""
    zone: str = ""
    pinned_zone: str = ""
    image: str = ""
    flavor: FlavorOf
    key_name: str = ""
    key_data: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    description: str | None = None
    hostname: str = ""
    vm_state: str = "building"
    task_state: str = ""
    power_state: int = 0
    queued: tuple[str, ...] = ()
    progress: int = 0
    locked: str = ""
    locked_reason: str | None = None
    access_ipv4: str = ""
    access_ipv6: str = ""
    config_drive: bool = False
    disk_config: str = "MANUAL"
    user_data: str = ""
    password: str = ""
    admin_pass: str = ""  # sealed (`passwords`)
    root_device: str = "/dev/vda"
    reservation: str = ""
    launch_index: int = 0
    group: str = ""
    hints: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    trusted_certs: tuple[str, ...] | None = None
    security_groups: tuple[str, ...] = ()
    nic_tags: dict[str, str] = msgspec.field(default_factory=dict)
    fault: ServerFault | None = None
    stash: Stash = Stash()
    image_properties: dict[str, str] = msgspec.field(default_factory=dict)
    launched: datetime | None = None
    terminated: datetime | None = None
    updated: datetime


@kind
class DeletedServer(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A server that was deleted, as lists with ``changes-since`` and administrators' lists still show it; ``uid`` is ``deleted-`` + id."""

    KIND: ClassVar[str] = "nova_deleted_server"
    INDEXED: ClassVar[tuple[str, ...]] = ("project",)

    project: str
    server: NovaServer


@kind
class BlockDevice(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A volume of a server; ``boot_index`` 0 is what it boots from, -1 none.  ``attachment`` is Cinder's id of it."""

    KIND: ClassVar[str] = "nova_block_device"
    INDEXED: ClassVar[tuple[str, ...]] = ("server", "volume")

    server: str
    volume: str
    device: str = ""
    tag: str | None = None
    boot_index: int = -1
    delete_on_termination: bool = False
    attachment: str = ""


class ActionEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step of an action: its ``result`` is Success or Error once it is finished."""

    event: str
    start: datetime
    finish: datetime | None = None
    result: str = ""
    host: str = ""
    details: str | None = None


@kind
class InstanceAction(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Something that was asked of a server; ``name`` is the action, ``request`` the id of the request that asked."""

    KIND: ClassVar[str] = "nova_instance_action"
    INDEXED: ClassVar[tuple[str, ...]] = ("server", "request")

    server: str
    request: str
    user: str = ""
    project: str = ""
    message: str | None = None
    updated: datetime
    events: tuple[ActionEvent, ...] = ()


@kind
class Migration(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A server's way to another host; ``type`` is migration, resize, live-migration or evacuation; hosts are uids of Hypervisors."""

    KIND: ClassVar[str] = "nova_migration"
    INDEXED: ClassVar[tuple[str, ...]] = ("server", "status", "type")

    server: str
    type: str
    status: str
    source: str = ""
    target: str = ""
    old_flavor: str = ""
    new_flavor: str = ""
    user: str = ""
    project: str = ""
    updated: datetime
