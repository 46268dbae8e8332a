"""The kinds of pools, and their addresses as numbers."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple

from emulators.ucs.records import ConfigMo


class PoolKind(NamedTuple):
    """A kind of pool: its classes, and how the addresses of its blocks are read and written."""

    what: str
    pool: str
    block: str
    pooled: str
    parse: Callable[[str], int]
    write: Callable[[ConfigMo, ConfigMo, int], str]
    """The address of that number in a block (the pool, the block, the number), as ``pooled`` objects are named."""
    id_prop: str = "id"
    family: str = ""
    """Before the names of the counters of one family of addresses, where a pool has several."""
    most: int = 1000
    """Addresses that a block may have."""


def _hex(text: str) -> int:
    return int(text.replace(":", "").replace("-", ""), 16)


def _octets(number: int, count: int) -> str:
    return ":".join(f"{octet:02X}" for octet in number.to_bytes(count, "big"))


def _suffix(number: int) -> str:
    text = f"{number:016X}"
    return f"{text[:4]}-{text[4:]}"


def _iqn(pool: ConfigMo, block: ConfigMo, number: int) -> str:
    return ":".join(part for part in (pool.props.get("prefix", ""), block.props.get("suffix", ""), str(number)) if part)


MAC: Final = PoolKind("MAC address", "macpoolPool", "macpoolBlock", "macpoolPooled", _hex, lambda _p, _b, number: _octets(number, 6))
WWN: Final = PoolKind("WWN", "fcpoolInitiators", "fcpoolBlock", "fcpoolInitiator", _hex, lambda _p, _b, number: _octets(number, 8))
UUID: Final = PoolKind("UUID suffix", "uuidpoolPool", "uuidpoolBlock", "uuidpoolPooled", _hex, lambda _p, _b, number: _suffix(number))
IP: Final = PoolKind(
    "IP address",
    "ippoolPool",
    "ippoolBlock",
    "ippoolPooled",
    lambda text: int(IPv4Address(text)),
    lambda _p, _b, number: str(IPv4Address(number)),
    family="v4",
)
IP6: Final = PoolKind(
    "IPv6 address",
    "ippoolPool",
    "ippoolIpV6Block",
    "ippoolIpV6Pooled",
    lambda text: int(IPv6Address(text)),
    lambda _p, _b, number: str(IPv6Address(number)),
    family="v6",
)
IQN: Final = PoolKind("IQN", "iqnpoolPool", "iqnpoolBlock", "iqnpoolPooled", int, _iqn, "name")
KINDS: Final = (MAC, WWN, UUID, IP, IP6, IQN)
BY_POOL: Final = {kind.pool: kind for kind in KINDS}
BY_BLOCK: Final = {kind.block: kind for kind in KINDS}
