"""Flavors: sizes of servers, and who may use them.  DevStack's are there from the start."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import msgspec

from emulators.openstack.asks import ask
from emulators.openstack.cloud import Cloud
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.world.decide import Decision
from emulators.world.decisions.records import Record
from emulators.world.events import declare
from emulators.world.model.base import kind
from emulators.world.state import WorldState

FLAVOR_CREATED = declare("dcsim.compute.flavor.created", "A flavor was made")
FLAVOR_CHANGED = declare("dcsim.compute.flavor.changed", "A flavor's description, extra specs or access were changed")
FLAVOR_DELETED = declare("dcsim.compute.flavor.deleted", "A flavor was deleted")


@kind
class Flavor(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A size of servers; ``uid`` is the flavor's id.

    ``ram`` and ``swap`` are in MiB, ``disk`` and ``ephemeral`` in GiB; ``projects`` may use it when it is not ``public``.
    """

    KIND: ClassVar[str] = "nova_flavor"
    INDEXED: ClassVar[tuple[str, ...]] = ("name",)

    vcpus: int
    ram: int
    disk: int
    ephemeral: int = 0
    swap: int = 0
    rxtx_factor: float = 1.0
    public: bool = True
    disabled: bool = False
    description: str | None = None
    extra_specs: dict[str, str] = msgspec.field(default_factory=dict)
    projects: tuple[str, ...] = ()


def visible(credentials: Credentials, flavor: Flavor) -> bool:
    """Whether somebody may see and use a flavor."""
    return flavor.public or credentials.admin or credentials.project in flavor.projects


def find_flavor(state: WorldState, credentials: Credentials, flavor_id: str) -> Flavor:
    """The flavor of an id, if the caller may use it; raises Fault 404."""
    flavor = state.maybe(Flavor, flavor_id)
    if flavor is None or not visible(credentials, flavor):
        raise Fault(404, f"Flavor {flavor_id} could not be found.")
    return flavor


@ask
def create_flavor(decision: Decision, *, flavor: dict[str, Any]) -> Flavor:
    """A flavor with these fields (of `Flavor`); raises Fault 409 when its name or id is taken."""
    name, uid = str(flavor["name"]), str(flavor.get("uid") or decision.new_uuid())
    if decision.state.where(Flavor, "name", name):
        raise Fault(409, f"Flavor with name {name} already exists.")
    if decision.state.find(uid) is not None:
        raise Fault(409, f"Flavor with ID {uid} already exists.")
    return decision.create(FLAVOR_CREATED, Flavor, **{**flavor, "uid": uid})


@ask
def delete_flavor(decision: Decision, *, uid: str) -> None:
    """The flavor is gone; servers keep what they were made with."""
    decision.delete(FLAVOR_DELETED, require(decision.state, uid))


def require(state: WorldState, uid: str) -> Flavor:
    """The flavor of an id, whoever asks; raises Fault 404."""
    flavor = state.maybe(Flavor, uid)
    if flavor is None:
        raise Fault(404, f"Flavor {uid} could not be found.")
    return flavor


DEVSTACK: Final = (
    ("42", "m1.nano", 1, 192, 1),
    ("84", "m1.micro", 1, 256, 1),
    ("c1", "cirros256", 1, 256, 1),
    ("d1", "ds512M", 1, 512, 5),
    ("d2", "ds1G", 1, 1024, 10),
    ("d3", "ds2G", 2, 2048, 10),
    ("d4", "ds4G", 4, 4096, 20),
    ("1", "m1.tiny", 1, 512, 1),
    ("2", "m1.small", 1, 2048, 20),
    ("3", "m1.medium", 2, 4096, 40),
    ("4", "m1.large", 4, 8192, 80),
    ("5", "m1.xlarge", 8, 16384, 160),
)
"""Id, name, vCPUs, MiB and GiB of what DevStack creates (lib/nova, lib/tempest), with the random number generator allowed."""
_SEEDED: Final = "nova-seeded"


@kind
class Seeded(Record, frozen=True, kw_only=True, omit_defaults=True):
    """That Nova's first records were made: what is deleted afterwards stays deleted."""

    KIND: ClassVar[str] = "nova_seeded"


@ask
def seed_flavors(decision: Decision) -> None:
    """DevStack's flavors, once in a world's life."""
    if decision.state.find(_SEEDED) is not None:
        return
    decision.create(FLAVOR_CREATED, Seeded, uid=_SEEDED, name="flavors")
    for uid, name, vcpus, ram, disk in DEVSTACK:
        specs = {"hw_rng:allowed": "True"}
        decision.create(FLAVOR_CREATED, Flavor, uid=uid, name=name, vcpus=vcpus, ram=ram, disk=disk, extra_specs=specs)


def seed_compute(cloud: Cloud) -> None:
    """Give a new world what a fresh Nova has."""
    cloud.ask_now(seed_flavors)


COMPUTE.seed = seed_compute
