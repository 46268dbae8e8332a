"""A small seeded world with a vCenter over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from emulators.vsphere.call import Services
from emulators.vsphere.records import bootstrap
from emulators.vsphere.window import close_vcenter, open_vcenter
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked of the world
from emulators.world.engine import World
from emulators.world.inventory.generate import generate
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import encode_inventory
from emulators.world.model import Owner, Vm
from tests.unit.vsphere.core.watcher import Watcher
from tests.unit.vsphere.core.wire import PASSWORD, USER, Wire


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """8 hosts and 20 VMs on one site, with vCenter's own records."""
    made = World.open(tmp_path / "journal.db", SimulatedClock(), synchronous="off")
    made.execute_now(SeedWorld(inventory=encode_inventory(generate(seed=7)), seed=7), Actor())
    bootstrap(made)
    yield made
    made.close()


@pytest.fixture
async def services(world: World) -> AsyncIterator[Services]:
    """The vCenter."""
    opened = await open_vcenter(world, {USER: PASSWORD})
    yield opened
    close_vcenter(opened)


@pytest.fixture
def stranger(services: Services) -> Wire:
    """A client that has not logged in."""
    return Wire(services)


@pytest.fixture
async def wire(services: Services) -> Wire:
    """A client that is logged in."""
    made = Wire(services)
    await made.login()
    return made


@pytest.fixture
def vms(world: World) -> list[Vm]:
    """The VMs that vCenter shows, in order of creation."""
    return [vm for vm in world.state.all(Vm) if vm.owner is Owner.VSPHERE]


@pytest.fixture
def watcher(wire: Wire) -> Watcher:
    """A client that listens."""
    return Watcher(wire)
