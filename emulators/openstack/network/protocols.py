"""IP protocols by name and number, as rules of security groups take them."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.network.faults import invalid_input

NUMBERS: Final = {
    "ah": 51,
    "dccp": 33,
    "egp": 8,
    "esp": 50,
    "gre": 47,
    "hopopt": 0,
    "icmp": 1,
    "icmpv6": 58,
    "igmp": 2,
    "ip": 0,
    "ipip": 4,
    "ipv6-encap": 41,
    "ipv6-frag": 44,
    "ipv6-icmp": 58,
    "ipv6-nonxt": 59,
    "ipv6-opts": 60,
    "ipv6-route": 43,
    "ospf": 89,
    "pgm": 113,
    "rsvp": 46,
    "sctp": 132,
    "tcp": 6,
    "udp": 17,
    "udplite": 136,
    "vrrp": 112,
}
PORTS: Final = frozenset({6, 17, 33, 132, 136})
"""Protocols with ports."""
SIX_ONLY: Final = frozenset(
    {"ipv6-encap", "ipv6-frag", "ipv6-icmp", "icmpv6", "ipv6-nonxt", "ipv6-opts", "ipv6-route", "41", "43", "44", "58", "59", "60"}
)
"""Protocols of IPv6 alone."""
MAX_PROTOCOL: Final = 255


def protocol(value: Any) -> str | None:
    """A protocol by its name, or its number as text; None for any.  Raises Fault 400."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _unsupported(value)
    text = str(value).strip().lower()
    if text == "any":
        return None
    if text.isascii() and text.isdigit() and int(text) <= MAX_PROTOCOL:
        return str(int(text))
    if text not in NUMBERS:
        raise _unsupported(value)
    return text


def number(name: str) -> int:
    """The number of a protocol; -1 for any."""
    if not name:
        return -1
    return int(name) if name.isdigit() else NUMBERS[name]


def _unsupported(value: Any) -> Exception:
    names = sorted({"any", *NUMBERS})
    return invalid_input(
        f"Security group rule protocol {value} not supported. Only protocol values {names} and integer representations [0 to 255] "
        "are supported",
        "SecurityGroupRuleInvalidProtocol",
    )
