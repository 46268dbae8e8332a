"""The administrator's openstack command on a datacenter with simulated machines, and on one with containers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.harness import Datacenter
from tests.clients.openstack.environment import OpenStack


@pytest.fixture(scope="session")
def openstack(simulated: Datacenter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStack]:
    """On simulated machines."""
    with OpenStack.open(simulated, tmp_path_factory.mktemp("openstack")) as made:
        yield made


@pytest.fixture(scope="session")
def contained(containers: Datacenter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStack]:
    """On containers."""
    with OpenStack.open(containers, tmp_path_factory.mktemp("openstack-containers")) as made:
        yield made
