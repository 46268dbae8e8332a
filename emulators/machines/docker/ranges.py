"""Ranges that stand in for those of tenants, where the engine or its host has these already (pure but for the host's routes)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

IPv4Network = ipaddress.IPv4Network
STAND_INS: Final = IPv4Network("100.64.0.0/10")
"""Carriers' shared address space (RFC 6598): nobody's own network."""
WIDEST: Final = 20
NARROWEST: Final = 28
"""No stand-in is larger: a bridge holds about a thousand ports."""


class Attached(NamedTuple):
    """A Docker network as cards need to know it: its name, its own range, and the range that its machines should see ("": that one).

    ``bridge`` is the host's interface; ``led``: the host has to find those addresses behind it.  ``gateway`` is the router's address in
    ``inner``, which nobody on the stand-in has.
    """

    name: str
    subnet: str
    inner: str = ""
    bridge: str = ""
    gateway: str = ""
    led: bool = False

    def inside(self, ip: str | None) -> str:
        """The address with its prefix when the engine cannot give it, so that it must be set in the container; else ""."""
        if not ip:
            return ""
        own = IPv4Network(self.subnet)
        if self.inner:
            return f"{ip}/{IPv4Network(self.inner).prefixlen}"
        return "" if ipaddress.IPv4Address(ip) in own else f"{ip}/{own.prefixlen}"


def stand_ins(cidr: str, taken: Iterable[IPv4Network]) -> Iterator[IPv4Network]:
    """Free ranges of the size of ``cidr``, or of as much of it as a bridge can hold."""
    used = list(taken)
    length = min(max(IPv4Network(cidr).prefixlen, WIDEST), NARROWEST)
    for candidate in STAND_INS.subnets(new_prefix=length):
        if not any(candidate.overlaps(one) for one in used):
            yield candidate
