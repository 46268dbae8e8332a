"""The bus from outside: what the private Valkey of a datacenter has in its streams."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from redis import Redis

from dcsim.bus.streams import ENGINE, stream_keys
from dcsim.valkey import PrivateValkey
from tests.faults.foreground import Foreground


def client(datacenter: Foreground) -> Any:
    """A connection of one's own."""
    return Redis.from_url(PrivateValkey(datacenter.data_dir / "bus").url, socket_timeout=5, decode_responses=True)


def published(datacenter: Foreground) -> list[int]:
    """The sequence numbers of all events that are on the bus, stream by stream."""
    with closing(client(datacenter)) as redis:
        return [int(entry.split("-")[0]) for key in stream_keys(ENGINE) for entry, _ in redis.xrange(key)]
