"""The graph of the shared datacenter, and pyVmomi's and ucsmsdk's view of the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.graphql.asking import Graph
from tests.clients.harness import Datacenter
from tests.clients.pyvmomi.session import connected as to_vcenter
from tests.clients.ucsmsdk.conftest import OLD_WAYS
from tests.clients.ucsmsdk.session import connected as to_ucs
from tests.clients.ucsmsdk.session import door


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Forgive ucsmsdk its old ways."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for message in OLD_WAYS:
                item.add_marker(pytest.mark.filterwarnings(f"ignore:{message}:DeprecationWarning"))


@pytest.fixture
def graph(simulated: Datacenter) -> Graph:
    """The gateway's graph."""
    return Graph(simulated)


@pytest.fixture
def vcenter(simulated: Datacenter) -> Iterator[Any]:
    """pyVmomi's session."""
    with to_vcenter(simulated) as service:
        yield service


@pytest.fixture
def ucs(simulated: Datacenter) -> Iterator[Any]:
    """ucsmsdk's session."""
    with to_ucs(simulated, door(simulated, secure=False)) as made:
        yield made
