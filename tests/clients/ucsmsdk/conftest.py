"""ucsmsdk's sessions in the shared datacenter, and organisations that a test may do with what it likes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.harness import Datacenter
from tests.clients.ucsmsdk.session import connected, door

_numbers = itertools.count(1)
OLD_WAYS = ("ssl.PROTOCOL_TLS is deprecated", "setDaemon", "ssl.wrap_socket", ".*argument is deprecated", ".*deprecated - use")
"""What ucsmsdk does that Python warns of."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Forgive ucsmsdk its old ways."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for message in OLD_WAYS:
                item.add_marker(pytest.mark.filterwarnings(f"ignore:{message}:DeprecationWarning"))


@pytest.fixture
def ucs(simulated: Datacenter) -> Iterator[Any]:
    """A session with the domain of the simulated datacenter."""
    with connected(simulated, door(simulated, secure=False)) as made:
        yield made


@pytest.fixture
def org(ucs: Any) -> Iterator[str]:
    """The DN of an organisation of the test's own; it is gone afterwards, with all that is in it."""
    from ucsmsdk.mometa.org.OrgOrg import OrgOrg

    made = OrgOrg("org-root", name=f"try-{next(_numbers)}")
    ucs.add_mo(made)
    ucs.commit()
    yield made.dn
    ucs.commit_buffer_discard()
    left = ucs.query_dn(made.dn)
    if left is not None:
        ucs.remove_mo(left)
        ucs.commit()
