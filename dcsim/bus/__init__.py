"""The event bus: Redis Streams, in order per subject, at least once, replayable.

A producer commits events to its own outbox and runs an `OutboxRelay`; a service hears them through a `Consumer`, which retries and
parks what it can't process as a `DeadLetter`.  See docs/adr/0003-event-bus.md.
"""

from dcsim.bus.connection import Bus
from dcsim.bus.consumer import Consumer, Handler, Unprocessable
from dcsim.bus.dead_letters import DeadLetter
from dcsim.bus.relay import OutboxRelay, OutboxSource
from dcsim.bus.streams import ENGINE, PARTITIONS, GroupStats, partition_of

__all__ = [
    "ENGINE",
    "PARTITIONS",
    "Bus",
    "Consumer",
    "DeadLetter",
    "GroupStats",
    "Handler",
    "OutboxRelay",
    "OutboxSource",
    "Unprocessable",
    "partition_of",
]
