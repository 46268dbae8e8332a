"""Places in the events of all topics, and the opaque ``seq`` that clients resume from."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from dcsim.errors import InvalidArgument

OLDEST: Final = "oldest"
"""Instead of a ``seq``: everything that the bus still has."""
MOST: Final = 2000
"""Characters of a ``seq``."""


class Place(msgspec.Struct, frozen=True):
    """The last event heard of one topic: of which journal, and its number there."""

    epoch: str
    sequence: int


Positions: TypeAlias = Mapping[str, Place]
"""By topic."""


def encode(positions: Positions) -> str:
    """A ``seq``."""
    text = ";".join(f"{topic},{place.epoch},{place.sequence}" for topic, place in positions.items())
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse(seq: str) -> dict[str, Place]:
    """The places in a ``seq``; raises InvalidArgument."""
    refusal = InvalidArgument("That is no seq of this API; leave it out to hear what happens from now on.", field="after")
    if len(seq) > MOST:
        raise refusal
    try:
        text = base64.b64decode(seq + "=" * (-len(seq) % 4), altchars=b"-_", validate=True).decode()
        parts = [part.split(",") for part in text.split(";")] if text else []
        found = {topic: Place(epoch, int(sequence)) for topic, epoch, sequence in parts}
    except (binascii.Error, ValueError) as error:
        raise refusal from error
    if any(place.sequence < 0 for place in found.values()):
        raise refusal
    return found
