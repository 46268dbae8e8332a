"""Clients of Nova for a member of a project and for the administrator."""

from __future__ import annotations

import pytest

from tests.unit.openstack.servers.rig import Rig
from tests.unit.openstack.stack import Client, Stack


@pytest.fixture
def nova(stack: Stack, demo: Client) -> Rig:
    """The demo project's."""
    return Rig(stack, demo)


@pytest.fixture
def nova_admin(stack: Stack, admin: Client) -> Rig:
    """The administrator's."""
    return Rig(stack, admin)
