"""Poison on the bus of a running datacenter: it is parked with its reason, `dcsim bus` shows it and sends it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dcsim.bus.streams import retry_key
from tests.clients.harness import wait_until
from tests.faults.foreground import Foreground
from tests.faults.streams import client

pytestmark = [pytest.mark.slow]


@pytest.fixture
def datacenter(tmp_path: Path) -> Iterator[Foreground]:
    """One with simulated machines and a private bus."""
    running = Foreground(tmp_path, "--machines", "simulated", "--hosts", "4", "--vms", "4")
    try:
        running.start()
        yield running
    finally:
        running.stop()


def letters(datacenter: Foreground) -> Any:
    """What the command shows."""
    return json.loads(datacenter.dcsim("bus", "dead-letters", "--group", "cmdb", "--json"))


def test_poison_is_shown_and_sent_back(datacenter: Foreground) -> None:
    assert letters(datacenter) == []
    with closing(client(datacenter)) as redis:
        redis.xadd(retry_key("cmdb"), {"e": "not even JSON"})
    (letter,) = wait_until(lambda: letters(datacenter), "the poison is parked")
    assert (letter["body"], letter["group"]) == ("not even JSON", "cmdb")
    assert letter["reason"].startswith("not an event")
    assert "not an event" in datacenter.dcsim("bus", "dead-letters")
    assert json.loads(datacenter.dcsim("bus", "redrive", "--json")) == {"group": "cmdb", "redriven": 1}
    (again,) = wait_until(lambda: letters(datacenter), "it is parked again")
    assert again["id"] != letter["id"]
    assert datacenter.alive
