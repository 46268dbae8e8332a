"""What attributes take: each kind reads a JSON value, answers it in its canonical form, and raises `Unfit` saying why it does not fit.

The sentences are those of neutron-lib's validators and converters.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Hashable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

Kind = Callable[[Any], Any]
Address = IPv4Address | IPv6Address
Prefix = IPv4Network | IPv6Network
MAX_INT: Final = (1 << 63) - 1
TRUE: Final = frozenset({"true", "1", "yes", "on", "t", "y"})
FALSE: Final = frozenset({"false", "0", "no", "off", "f", "n"})
_MAC_FORMS: Final = tuple(
    (re.compile(pattern), digits)
    for pattern, digits in (
        (r"([0-9a-f]{1,2})(?:([:-])([0-9a-f]{1,2}))(?:\2([0-9a-f]{1,2})){4}", 2),
        (r"[0-9a-f]{1,4}([:.-])[0-9a-f]{1,4}\1[0-9a-f]{1,4}", 4),
        (r"[0-9a-f]{5,6}[:-][0-9a-f]{5,6}", 6),
        (r"[0-9a-f]{11,12}", 12),
    )
)
"""How a hardware address is written, each with the digits of a group."""
_DECIMAL: Final = re.compile(r"\s*[0-9]{1,15}\s*", re.ASCII)
_HOST_LABEL: Final = re.compile(r"(?!-)[a-zA-Z0-9-]{1,63}(?<!-)")


class Unfit(ValueError):
    """A value that is not what its attribute takes; the text says why."""


def anything(value: Any) -> Any:
    """The value as it is."""
    return value


def text(limit: int = 255) -> Kind:
    """A string of at most so many characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise Unfit(f"'{value}' is not a valid string")
        if len(value) > limit:
            raise Unfit(f"'{value[:limit]}...' exceeds maximum length of {limit}")
        if "\x00" in value or (not value.isascii() and not _encodable(value)):
            raise Unfit(f"'{value!r}' is not a valid string")
        return value

    return read


def _encodable(value: str) -> bool:
    """Whether it is text at all: lone surrogates are not."""
    return not any("\ud800" <= char <= "\udfff" for char in value)


def label(value: Any) -> str:
    """A resource's name: one line of at most 255 characters without blanks at its ends; may be empty."""
    read = str(text()(value))
    if read != read.strip() or not read.isprintable():
        raise Unfit(f"'{value}' is not a valid name: it has blanks at its ends, or control characters")
    return read


def optional(kind: Kind) -> Kind:
    """What the kind takes, or null."""

    def read(value: Any) -> Any:
        return None if value is None else kind(value)

    return read


def not_empty(value: Any) -> str:
    """A string that says something."""
    read = label(value)
    if not read:
        raise Unfit(f"'{value}' Blank strings are not permitted")
    return read


def boolean(value: Any) -> bool:
    """A truth value, as text too."""
    if isinstance(value, str) and value.lower() in TRUE | FALSE:
        return value.lower() in TRUE
    if isinstance(value, bool) or (value in (0, 1) and isinstance(value, int)):
        return bool(value)
    raise Unfit(f"'{value}' cannot be converted to boolean")


def integer(value: Any) -> int:
    """A whole number, as text too."""
    if isinstance(value, bool | float):
        raise Unfit(f"'{value}' is not an integer")
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise Unfit(f"'{str(value)[:100]}' is not an integer") from error
    if abs(number) > MAX_INT:
        raise Unfit(f"'{str(value)[:100]}' is too large")
    return number


def within(low: int, high: int) -> Kind:
    """A whole number of a range."""

    def read(value: Any) -> int:
        number = integer(value)
        if number < low:
            raise Unfit(f"'{number}' is too small - must be at least '{low}'")
        if number > high:
            raise Unfit(f"'{number}' is too large - must be no larger than '{high}'")
        return number

    return read


def non_negative(value: Any) -> int:
    """A whole number from 0."""
    number = integer(value)
    if number < 0:
        raise Unfit(f"'{number}' should be non-negative")
    return number


def one_of(*allowed: Hashable) -> Kind:
    """One of these values; numbers are taken as text too, when all are numbers."""
    read_number = all(isinstance(one, int) for one in allowed)

    def read(value: Any) -> Any:
        given = integer(value) if read_number else value
        if not isinstance(given, Hashable) or given not in allowed:
            raise Unfit(f"'{value}' is not in {list(allowed)}")
        return given

    return read


def identifier(value: Any) -> str:
    """A UUID."""
    try:
        uuid.UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise Unfit(f"'{value}' is not a valid UUID") from error
    return str(value)


def address(value: Any) -> str:
    """An IP address in its canonical form."""
    return str(parse_address(value))


def parse_address(value: Any) -> Address:
    """An IP address; raises Unfit."""
    if not isinstance(value, str):
        raise Unfit(f"'{value}' is not a valid IP address")
    try:
        found = ip_address(value)
    except ValueError as error:
        raise Unfit(f"'{value}' is not a valid IP address") from error
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        raise Unfit(f"'{value}' is not a valid IP address")
    return found


def prefix(value: Any) -> str:
    """An IP network in its canonical form; bits of the host's part are dropped."""
    return str(parse_prefix(value))


def parse_prefix(value: Any) -> Prefix:
    """An IP network; raises Unfit."""
    if not isinstance(value, str) or "/" not in value or "%" in value:
        raise Unfit(f"'{value}' is not a valid IP subnet")
    try:
        return ip_network(value, strict=False)
    except ValueError as error:
        raise Unfit(f"'{value}' is not a valid IP subnet") from error


def exact_prefix(value: Any) -> str:
    """An IP network without bits in the host's part."""
    found = parse_prefix(value)
    if str(value).partition("/")[0] and parse_address(str(value).partition("/")[0]) != found.network_address:
        raise Unfit(f"'{value}' isn't a recognized IP subnet cidr, '{found}' is recommended")
    return str(found)


def mac(value: Any) -> str:
    """A hardware address, in lower case with colons; as text in any usual form, or as the number that it is."""
    number = _mac_number(value)
    if not 0 < number < 1 << 48 or number >> 40 & 1:
        raise Unfit(f"'{value}' is not a valid MAC address")
    return number.to_bytes(6, "big").hex(":")


def _mac_number(value: Any) -> int:
    """The number of a hardware address; -1 for what is none."""
    if isinstance(value, int):
        return -1 if isinstance(value, bool) else value
    given = value.lower() if isinstance(value, str) else ""
    for form, digits in _MAC_FORMS:
        if form.fullmatch(given):
            return int("".join(group.zfill(digits) for group in re.split("[:.-]", given)), 16)
    return int(given) if _DECIMAL.fullmatch(given) else -1


def domain(value: Any) -> str:
    """A DNS domain or host name of up to 255 characters, in lower case; may be empty."""
    read = str(text()(value)).lower()
    labels = read.removesuffix(".").split(".")
    if read and not all(_HOST_LABEL.fullmatch(label) for label in labels):
        raise Unfit(f"'{value}' not a valid PQDN or FQDN. Reason: labels are 1-63 characters long, each alphanumeric or a hyphen")
    if len(labels) > 1 and labels[-1].isdigit():
        raise Unfit(f"'{value}' not a valid PQDN or FQDN. Reason: TLD '{labels[-1]}' must not be all numeric")
    return read


def zone(value: Any) -> str:
    """A DNS domain that ends in a dot; may be empty."""
    read = domain(value)
    if read and not read.endswith("."):
        raise Unfit(f"'{value}' is not a FQDN")
    return read


def items(kind: Kind, *, empty: bool = True, unique: bool = True, null: bool = True, blank: bool = False) -> Kind:
    """A list of what the kind takes; null is an empty one unless it may not be, and with ``blank`` empty text and an empty object are."""

    def read(value: Any) -> tuple[Any, ...]:
        if (value is None and empty and null) or (blank and value in ("", {})):
            return ()
        if not isinstance(value, list | tuple):
            raise Unfit(f"'{value}' is not a list")
        if not value and not empty:
            raise Unfit("List should not be empty")
        found = tuple(kind(item) for item in value)
        doubled = _doubled(found) if unique else None
        if doubled is not None:
            raise Unfit(f"Duplicate items in the list: '{doubled}'")
        return found

    return read


def _doubled(found: Iterable[Any]) -> Any:
    seen: list[Any] = []
    for item in found:
        if item in seen:
            return item
        seen.append(item)
    return None


def record(required: dict[str, Kind], **optional_keys: Kind) -> Kind:
    """An object with these keys and no others."""
    kinds = {**required, **optional_keys}

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Unfit(f"'{value}' is not a dictionary")
        unknown = sorted(set(value) - set(kinds))
        if unknown:
            raise Unfit(f"Unexpected keys supplied: {', '.join(unknown)}")
        missing = sorted(set(required) - set(value))
        if missing:
            raise Unfit(f"Invalid input. '{value}' must be a dictionary with keys: {sorted(required)}")
        return {key: kinds[key](item) for key, item in value.items()}

    return read


def mapping(value: Any) -> dict[str, Any]:
    """Any object."""
    if not isinstance(value, dict):
        raise Unfit(f"'{value}' is not a dictionary")
    return value
