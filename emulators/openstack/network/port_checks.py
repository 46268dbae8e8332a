"""What a port must hold before it is made or changed."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_interface
from typing import Any, Final

from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Given
from emulators.openstack.network.faults import bad_request, conflict, forbidden, invalid_input
from emulators.openstack.network.records import NeutronNetwork, NeutronRouter, Pair
from emulators.openstack.network.values import Unfit, address, identifier, mac, one_of, optional, record, text
from emulators.world.state import WorldState

MAX_PAIRS: Final = 10
MAX_FIXED_IPS: Final = 256
VNIC_TYPES: Final = (
    "normal",
    "direct",
    "macvtap",
    "baremetal",
    "direct-physical",
    "virtio-forwarder",
    "smart-nic",
    "vdpa",
    "accelerator-direct",
    "accelerator-direct-physical",
    "remote-managed",
)
OWNERS_ONLY: Final = frozenset({"mac_address", "port_security_enabled", "allowed_address_pairs"})
"""What on somebody else's (shared) network only its owner may choose."""
_fixed_ip: Final = record({}, subnet_id=identifier, ip_address=address)


def fixed_ips(value: Any) -> tuple[dict[str, Any], ...]:
    """Wanted addresses, each by subnet, by address or by both."""
    if not isinstance(value, list):
        raise Unfit(f"Invalid data format for fixed IP: '{value}'")
    if len(value) > MAX_FIXED_IPS:
        raise Unfit("Exceeded maximum amount of fixed ips per port")
    found = []
    for one in value:
        if not isinstance(one, dict):
            raise Unfit(f"Invalid data format for fixed IP: '{one}'")
        found.append(_fixed_ip({key: item for key, item in one.items() if item is not None}))
    ips = [one["ip_address"] for one in found if "ip_address" in one]
    for ip in ips:
        if ips.count(ip) > 1:
            raise Unfit(f"Duplicate IP address '{ip}'")
    return tuple(found)


def _address_or_prefix(value: Any) -> str:
    if not isinstance(value, str) or "%" in value:
        raise Unfit(f"'{value}' is not a valid IP address or subnet")
    try:
        ip_interface(value)
    except ValueError as error:
        raise Unfit(f"'{value}' is not a valid IP address or subnet") from error
    return value


_pair: Final = record({"ip_address": _address_or_prefix}, mac_address=optional(mac))


def pair(value: Any) -> dict[str, Any]:
    """An allowed address pair; its ``mac_address`` is the port's unless given."""
    if isinstance(value, dict) and "ip_address" not in value:
        raise Unfit("AllowedAddressPair must contain ip_address")
    return dict(_pair(value))


_option: Final = record({"opt_name": text(64)}, opt_value=optional(text(255)), ip_version=optional(one_of(4, 6)))


def options(value: Any) -> tuple[dict[str, Any], ...] | None:
    """DHCP options; one without a value is taken away."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise Unfit(f"'{value}' is not a list")
    found = tuple(_option(one) for one in value)
    for one in found:
        if not one["opt_name"].strip() or (one.get("opt_value") is not None and not one["opt_value"].strip()):
            raise Unfit(f"Invalid data format for extra-dhcp-opt: {one}")
    return found


def dhcp_options(before: Iterable[dict[str, Any]], given: Iterable[dict[str, Any]] | None) -> tuple[dict[str, Any], ...]:
    """The options that hold after a change."""
    held = {(one["opt_name"], one["ip_version"]): one for one in before}
    for one in given or ():
        key = one["opt_name"], one.get("ip_version") or 4
        if one.get("opt_value") is None:
            held.pop(key, None)
        else:
            held[key] = {"opt_name": key[0], "opt_value": one["opt_value"], "ip_version": key[1]}
    return tuple(held.values())


def pairs(given: Iterable[dict[str, Any]], own: str) -> tuple[Pair, ...]:
    """Allowed address pairs, the port's own MAC where none is named; raises Fault 400."""
    found = tuple(Pair(one["ip_address"], one.get("mac_address") or own) for one in given)
    if len(found) > MAX_PAIRS:
        raise bad_request("port", f"The number of allowed address pair exceeds the maximum {MAX_PAIRS}")
    for one in found:
        if found.count(one) > 1:
            raise invalid_input(
                f"Request contains duplicate address pair: mac_address {one.mac} ip_address {one.ip}", "DuplicateAddressPairInRequest"
            )
    return found


def check_security(secured: bool, groups: tuple[str, ...], allowed: tuple[Pair, ...]) -> None:
    """Groups and address pairs need port security; raises Fault 409."""
    if not secured and allowed:
        raise conflict(
            "AddressPairAndPortSecurityRequired", "Port Security must be enabled in order to have allowed address pairs on a port."
        )
    if not secured and groups:
        raise conflict(
            "PortSecurityPortHasSecurityGroup",
            "Port has security group associated. Cannot disable port security or IP address until security group is removed.",
        )


def check_rights(network: NeutronNetwork, caller: Caller, given: Given, rule: str) -> None:
    """Refuse what only the network's owner may choose; raises Fault 403."""
    if caller.admin or network.project == caller.project:
        return
    chosen = [name for name in OWNERS_ONLY if name in given]
    if any("ip_address" in one for one in given.get("fixed_ips") or ()):
        chosen.append("fixed_ips")
    if str(given.get("device_owner", "")).startswith("network:"):
        chosen.append("device_owner")
    if chosen:
        raise forbidden(f"{rule} and rule:{rule}:{min(chosen)}")


def check_device(state: WorldState, caller: Caller, given: Given) -> None:
    """Nobody plugs a port into somebody else's router; raises Fault 409."""
    if caller.admin or given.get("device_owner") != "network:router_interface":
        return
    router = state.maybe(NeutronRouter, given.get("device_id", ""))
    if router is not None and router.project != caller.project:
        raise conflict(
            "DeviceIDNotOwnedByTenant",
            f"The following device_id {router.uid} is not owned by your project or matches another project router.",
        )
