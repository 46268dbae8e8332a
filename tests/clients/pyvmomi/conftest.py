"""pyVmomi's sessions in the shared datacenters, and VMs that a test may do with what it likes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import connected, create_vm, remove

_numbers = itertools.count(1)


@pytest.fixture
def si(simulated: Datacenter) -> Iterator[Any]:
    """A session in the simulated datacenter."""
    with connected(simulated) as service:
        yield service


@pytest.fixture
def container_si(containers: Datacenter) -> Iterator[Any]:
    """A session in the datacenter with containers."""
    with connected(containers) as service:
        yield service


@pytest.fixture
def new_vm(si: Any) -> Iterator[Callable[..., Any]]:
    """Makes VMs of one CPU and 128 MiB, powered off; they are gone after the test."""
    made: list[Any] = []

    def make(name: str = "", **settings: Any) -> Any:
        made.append(create_vm(si, name or f"try-{next(_numbers)}", **settings))
        return made[-1]

    yield make
    for vm in made:
        remove(si, vm)


@pytest.fixture
def vm(new_vm: Callable[..., Any]) -> Any:
    """A VM of the test's own, powered off."""
    return new_vm()
