"""What tests of Glance share."""

from __future__ import annotations

import pytest

from tests.unit.openstack.stack import Client


@pytest.fixture
async def projects(admin: Client) -> dict[str, str]:
    """The ids of projects by name."""
    return {one["name"]: one["id"] for one in (await admin.ok("GET", "/identity/v3/projects"))["projects"]}
