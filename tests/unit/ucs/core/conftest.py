"""A small seeded world with its UCS Manager, and a client that is logged in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from emulators.ucs.domain import Domain
from emulators.ucs.window import open_domains
from tests.unit.ucs.core.wire import PASSWORD, USER, Wire
from tests.unit.world.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """Three hosts in two chassis of one domain."""
    made = Lab(tmp_path)
    yield made
    made.world.close()


@pytest.fixture
def domain(lab: Lab) -> Iterator[Domain]:
    """The UCS Manager of the lab's domain."""
    (made,) = open_domains(lab.world, {USER: PASSWORD})
    yield made
    made.close()


@pytest.fixture
async def stranger(domain: Domain) -> AsyncIterator[Wire]:
    """A client that has not logged in."""
    async with Wire(domain) as made:
        yield made


@pytest.fixture
async def wire(stranger: Wire) -> Wire:
    """A client that has."""
    await stranger.login()
    return stranger
