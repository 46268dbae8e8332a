"""What tests of OpenStack's services share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.openstack.stack import Client, Stack


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    """A cloud of two hypervisors."""
    made = Stack(tmp_path)
    yield await made.open()
    await made.close()


@pytest.fixture
async def admin(stack: Stack) -> Client:
    """The administrator."""
    return await stack.admin()


@pytest.fixture
async def demo(stack: Stack) -> Client:
    """A member of the demo project."""
    return await stack.demo()
