"""The administrator's openstack command on a datacenter with simulated machines, and on one with containers."""

from __future__ import annotations

import pytest

from tests.clients.harness import Datacenter
from tests.clients.openstack.environment import OpenStack


@pytest.fixture(scope="session")
def openstack(simulated: Datacenter, tmp_path_factory: pytest.TempPathFactory) -> OpenStack:
    """On simulated machines."""
    return OpenStack(simulated, tmp_path_factory.mktemp("openstack"))


@pytest.fixture(scope="session")
def contained(containers: Datacenter, tmp_path_factory: pytest.TempPathFactory) -> OpenStack:
    """On containers."""
    return OpenStack(containers, tmp_path_factory.mktemp("openstack-containers"))
