"""Subnet pools, and how subnets are cut from them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import collapse_addresses
from typing import Any, Final

from emulators.openstack.faults import Fault
from emulators.openstack.network import changes, sharing
from emulators.openstack.network.attributes import LEFT_OUT, PROJECT, Attribute, shared
from emulators.openstack.network.caller import Caller
from emulators.openstack.network.collections import Collection, Given, Row, standard_view
from emulators.openstack.network.faults import bad_request, conflict, not_found
from emulators.openstack.network.operations import serve
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import NeutronAddressScope, NeutronSubnet, NeutronSubnetPool
from emulators.openstack.network.values import (
    Prefix,
    anything,
    boolean,
    identifier,
    items,
    non_negative,
    not_empty,
    optional,
    parse_prefix,
    prefix,
)
from emulators.world.decide import Decision
from emulators.world.state import WorldState

LENGTHS: Final = {4: (8, 32), 6: (64, 128)}
"""The shortest and the longest prefix that a pool gives out by default."""


def view(state: WorldState, pool: NeutronSubnetPool, caller: Caller) -> Row:
    """A subnet pool as it is shown."""
    return {
        "id": pool.uid,
        "name": pool.name,
        **standard_view(pool),
        "prefixes": list(pool.prefixes),
        "ip_version": pool.ip_version,
        "default_prefixlen": pool.default_prefixlen,
        "min_prefixlen": pool.min_prefixlen,
        "max_prefixlen": pool.max_prefixlen,
        "default_quota": pool.default_quota,
        "address_scope_id": pool.address_scope or None,
        "is_default": pool.is_default,
        "shared": sharing.shared_with(state, pool, caller),
    }


def create(decision: Decision, caller: Caller, given: Given) -> NeutronSubnetPool:
    """Make a subnet pool."""
    require(decision, given["project_id"], "subnetpool")
    prefixes = _compact(given["prefixes"])
    version = parse_prefix(prefixes[0]).version
    lengths = _lengths(version, given)
    if given["is_default"]:
        _require_no_default(decision.state, version)
    scope = given.get("address_scope_id") or ""
    _check_scope(decision.state, caller, "", prefixes, version, scope)
    pool = changes.create(
        decision,
        NeutronSubnetPool,
        name=given["name"],
        description=given["description"],
        project=given["project_id"],
        prefixes=prefixes,
        ip_version=version,
        default_quota=given.get("default_quota"),
        address_scope=scope,
        is_default=given["is_default"],
        shared=given["shared"],
        **lengths,
    )
    sharing.set_for_all(decision, "subnetpool", pool, sharing.SHARED, pool.shared)
    return pool


def _compact(given: Iterable[str]) -> tuple[str, ...]:
    """The prefixes without those that others hold; all of one version."""
    found: list[Any] = [parse_prefix(one) for one in given]
    if not found:
        raise Fault(400, "Empty subnet pool prefix list.", type="EmptySubnetPoolPrefixList")
    if len({one.version for one in found}) > 1:
        raise Fault(400, "Cannot mix IPv4 and IPv6 prefixes in a subnet pool.", type="PrefixVersionMismatch")
    return tuple(str(one) for one in collapse_addresses(found))


def _lengths(version: int, given: Given, before: NeutronSubnetPool | None = None) -> dict[str, int]:
    """The bounds and the default of prefixes, in order; raises Fault 400."""
    least, most = (before.min_prefixlen, before.max_prefixlen) if before else LENGTHS[version]
    low: int = given.get("min_prefixlen", least)
    high: int = given.get("max_prefixlen", most)
    default: int = given.get("default_prefixlen", before.default_prefixlen if before else low)
    if low < (8 if version == 4 else 1) or high > LENGTHS[version][1]:  # noqa: PLR2004 - IPv4
        raise Fault(
            400,
            f"Prefix '{low if high <= LENGTHS[version][1] else high}' not supported in IPv{version} pool.",
            type="UnsupportedMinSubnetPoolPrefix",
        )
    for name, one, other_name, other in (
        ("min_prefixlen", low, "max_prefixlen", high),
        ("default_prefixlen", default, "max_prefixlen", high),
        ("min_prefixlen", low, "default_prefixlen", default),
    ):
        if one > other:
            raise Fault(400, f"Illegal prefix bounds: {name}={one}, {other_name}={other}.", type="IllegalSubnetPoolPrefixBounds")
    return {"min_prefixlen": low, "max_prefixlen": high, "default_prefixlen": default}


def _require_no_default(state: WorldState, version: int, but: str = "") -> None:
    if any(one.is_default and one.ip_version == version and one.uid != but for one in state.all(NeutronSubnetPool)):
        raise bad_request(
            "subnetpool", "A default subnetpool for this IP family has already been set. Only one default may exist per IP family"
        )


def _check_scope(state: WorldState, caller: Caller, pool: str, prefixes: Iterable[str], version: int, uid: str) -> None:
    """Refuse an address scope that is not the caller's, of the other version, or with pools that overlap."""
    if not uid:
        return
    scope = state.maybe(NeutronAddressScope, uid)
    if scope is None or not sharing.visible(state, scope, caller):
        raise not_found("AddressScope", f"Address scope {uid} could not be found.")
    if scope.ip_version != version:
        raise Fault(
            400,
            f"Illegal subnetpool association: subnetpool {pool} cannot associate with address scope {uid} because subnetpool "
            f"ip_version is not {scope.ip_version}.",
            type="IllegalSubnetPoolIpVersionAssociationToAddressScope",
        )
    ours: list[Any] = [parse_prefix(one) for one in prefixes]
    for other in state.where(NeutronSubnetPool, "address_scope", uid):
        if other.uid != pool and any(mine.overlaps(parse_prefix(theirs)) for mine in ours for theirs in other.prefixes):
            raise conflict(
                "AddressScopePrefixConflict",
                "Failed to associate address scope: subnetpools within an address scope must have unique prefixes.",
            )


def update(decision: Decision, caller: Caller, pool: NeutronSubnetPool, given: Given) -> None:
    """Change a subnet pool; prefixes can only be added."""
    fields: dict[str, Any] = {name: given[name] for name in ("name", "description", "default_quota", "is_default") if name in given}
    if "prefixes" in given:
        fields["prefixes"] = _grown(pool, given["prefixes"])
    fields |= _lengths(pool.ip_version, given, pool)
    if given.get("is_default"):
        _require_no_default(decision.state, pool.ip_version, pool.uid)
    if "address_scope_id" in given:
        fields["address_scope"] = given["address_scope_id"] or ""
    _check_scope(
        decision.state,
        caller,
        pool.uid,
        fields.get("prefixes", pool.prefixes),
        pool.ip_version,
        fields.get("address_scope", pool.address_scope),
    )
    changes.change(decision, pool, **fields)


def _grown(pool: NeutronSubnetPool, given: Iterable[str]) -> tuple[str, ...]:
    prefixes = _compact(given)
    wider: list[Any] = [parse_prefix(one) for one in prefixes]
    for old in pool.prefixes:
        theirs: Any = parse_prefix(old)
        if not any(one.version == theirs.version and theirs.subnet_of(one) for one in wider):
            raise Fault(
                400,
                "Illegal update to prefixes: Existing prefixes must be a subset of the new prefixes.",
                type="IllegalSubnetPoolPrefixUpdate",
            )
    return prefixes


def delete(decision: Decision, _: Caller, pool: NeutronSubnetPool) -> None:
    """Delete a pool that no subnet is cut from."""
    if decision.state.count(NeutronSubnet, "subnetpool", pool.uid):
        raise Fault(400, "Unable to delete subnet pool: Subnet pool has existing allocations.", type="SubnetPoolDeleteError")
    sharing.drop(decision, pool.uid)
    changes.delete(decision, pool)


# -- cutting subnets -----------------------------------------------------------------------------------------------------------


def pool_for(state: WorldState, caller: Caller, given: Given) -> NeutronSubnetPool | None:
    """The pool that a new subnet is cut from, or None; raises Fault 400 or 404."""
    if given.get("cidr") is not None and given.get("prefixlen") is not None:
        raise bad_request("subnets", "cidr and prefixlen must not be supplied together")
    uid = given.get("subnetpool_id")
    if given["use_default_subnetpool"]:
        if uid:
            raise bad_request("subnets", "subnetpool_id and use_default_subnetpool cannot both be specified")
        return _default(state, given)
    if not uid:
        return None
    pool = state.maybe(NeutronSubnetPool, uid)
    if pool is None or not sharing.visible(state, pool, caller):
        raise not_found("SubnetPool", f"Subnet pool {uid} could not be found.")
    return pool


def _default(state: WorldState, given: Given) -> NeutronSubnetPool:
    version = given["ip_version"]
    found = next((one for one in state.all(NeutronSubnetPool) if one.is_default and one.ip_version == version), None)
    if found is None:
        raise bad_request("subnets", f"No default subnetpool found for IPv{version}")
    return found


def allocate(state: WorldState, caller: Caller, pool: NeutronSubnetPool, given: Given) -> str:
    """The range of a new subnet: the wanted one, or the first free one of its length; raises Fault 400 or 409."""
    if given["ip_version"] != pool.ip_version:
        raise bad_request("subnets", f"Cannot allocate IPv{given['ip_version']} subnet from IPv{pool.ip_version} subnet pool")
    cut = state.where(NeutronSubnet, "subnetpool", pool.uid)
    used: list[Any] = [parse_prefix(one.cidr) for one in cut]
    if given.get("cidr") is not None:
        wanted: Any = parse_prefix(given["cidr"])
        inside = any(wanted.version == pool.ip_version and wanted.subnet_of(parse_prefix(one)) for one in pool.prefixes)
        if not inside or any(wanted.overlaps(one) for one in used):
            raise _unallocated("Cannot allocate requested subnet from the available set of prefixes")
        length = wanted.prefixlen
    else:
        if given.get("allocation_pools") is not None:
            raise bad_request("subnets", "allocation_pools allowed only for specific subnet requests.")
        length = given.get("prefixlen", pool.default_prefixlen)
        wanted = None
    _check_length(pool, length)
    _check_quota(state, pool, given["project_id"], length)
    return str(wanted or _first_free(pool, used, length))


def _check_length(pool: NeutronSubnetPool, length: int) -> None:
    for name, bad, bound in (
        ("Min", length < pool.min_prefixlen, pool.min_prefixlen),
        ("Max", length > pool.max_prefixlen, pool.max_prefixlen),
    ):
        if bad:
            word = "minimum" if name == "Min" else "maximum"
            raise Fault(
                400,
                f"Unable to allocate subnet with prefix length {length}, {word} allowed prefix is {bound}.",
                type=f"{name}PrefixSubnetAllocationError",
            )


def _check_quota(state: WorldState, pool: NeutronSubnetPool, project: str, length: int) -> None:
    if pool.default_quota is None:
        return
    unit = 32 if pool.ip_version == 4 else 64  # noqa: PLR2004 - IPv4 counts addresses, IPv6 counts /64s
    mine = [parse_prefix(one.cidr).prefixlen for one in state.where(NeutronSubnet, "subnetpool", pool.uid) if one.project == project]
    if sum(1 << max(0, unit - one) for one in [*mine, length]) > pool.default_quota:
        raise conflict("SubnetPoolQuotaExceeded", "Per-project subnet pool prefix quota exceeded.")


def _first_free(pool: NeutronSubnetPool, used: list[Prefix], length: int) -> Prefix:
    for one in pool.prefixes:
        whole: Any = parse_prefix(one)
        if whole.prefixlen > length:
            continue
        step, start, end = 1 << (whole.max_prefixlen - length), int(whole.network_address), int(whole.broadcast_address)
        while start <= end:
            candidate = parse_prefix(f"{type(whole.network_address)(start)}/{length}")
            hit: Any = next((other for other in used if candidate.overlaps(other)), None)
            if hit is None:
                return candidate
            start = max(start + step, -(-(int(hit.broadcast_address) + 1) // step) * step)
    raise _unallocated(f"Insufficient prefix space to allocate subnet size /{length}")


def _unallocated(reason: str) -> Fault:
    """What Neutron has no status for, and so answers as its own failure."""
    return Fault(500, f"Failed to allocate subnet: {reason}.", type="SubnetAllocationError")


def _missing(uid: str) -> Fault:
    return not_found("SubnetPool", f"Subnet pool {uid} could not be found.")


SUBNETPOOLS: Final = serve(
    Collection(
        member="subnetpool",
        name="subnetpools",
        path="/subnetpools",
        record=NeutronSubnetPool,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", not_empty, "PUVFS"),
            *PROJECT,
            Attribute("prefixes", items(prefix, empty=False), "PUV"),
            Attribute("default_quota", non_negative, "PUVFS", LEFT_OUT),
            Attribute("ip_version", anything, "VFS"),
            Attribute("default_prefixlen", non_negative, "PUVFS", LEFT_OUT),
            Attribute("min_prefixlen", non_negative, "PUVFS", LEFT_OUT),
            Attribute("max_prefixlen", non_negative, "PUVFS", LEFT_OUT),
            Attribute("is_default", boolean, "PUVFSa", False),
            shared("PVFSa"),
            Attribute("address_scope_id", optional(identifier), "PUVFS", LEFT_OUT),
        ),
        view=view,
        create=create,
        update=update,
        delete=delete,
        visible=sharing.visible,
        missing=_missing,
        indexes={"name": "name", "address_scope_id": "address_scope"},
    )
)
