"""Address scopes and address groups."""

from __future__ import annotations

from typing import Final

from emulators.openstack.asks import ask
from emulators.openstack.call import Call
from emulators.openstack.faults import Fault
from emulators.openstack.network import changes, sharing
from emulators.openstack.network.attributes import PROJECT, Attribute, shared
from emulators.openstack.network.caller import Caller, caller_of
from emulators.openstack.network.collections import Collection, Given, Row, standard_view
from emulators.openstack.network.faults import bad_request, conflict, malformed, not_found, unfit
from emulators.openstack.network.operations import held, serve, shown
from emulators.openstack.network.quotas import require
from emulators.openstack.network.records import (
    NeutronAddressGroup,
    NeutronAddressScope,
    NeutronSecurityGroupRule,
    NeutronSubnetPool,
)
from emulators.openstack.network.service import NETWORK
from emulators.openstack.network.values import Unfit, identifier, items, label, one_of, prefix
from emulators.world.decide import Decision
from emulators.world.state import WorldState


def scope_view(state: WorldState, scope: NeutronAddressScope, caller: Caller) -> Row:
    """An address scope as it is shown."""
    return {
        "id": scope.uid,
        "name": scope.name,
        "ip_version": scope.ip_version,
        "shared": sharing.shared_with(state, scope, caller),
        "tenant_id": scope.project,
        "project_id": scope.project,
    }


def create_scope(decision: Decision, _: Caller, given: Given) -> NeutronAddressScope:
    """Make an address scope."""
    scope = changes.create(
        decision,
        NeutronAddressScope,
        name=given["name"],
        project=given["project_id"],
        ip_version=given["ip_version"],
        shared=given["shared"],
    )
    sharing.set_for_all(decision, "address_scope", scope, sharing.SHARED, scope.shared)
    return scope


def update_scope(decision: Decision, _: Caller, scope: NeutronAddressScope, given: Given) -> None:
    """Rename or share an address scope; sharing is not taken back."""
    if scope.shared and given.get("shared") is False:
        raise Fault(
            400, f"Unable to update address scope {scope.uid} : Shared address scope can't be unshared.", type="AddressScopeUpdateError"
        )
    scope = changes.change(decision, scope, **given)
    sharing.set_for_all(decision, "address_scope", scope, sharing.SHARED, scope.shared)


def delete_scope(decision: Decision, _: Caller, scope: NeutronAddressScope) -> None:
    """Delete an address scope that no pool is in."""
    if decision.state.count(NeutronSubnetPool, "address_scope", scope.uid):
        raise conflict(
            "AddressScopeInUse",
            f"Unable to complete operation on address scope {scope.uid}. There are one or more subnet pools in use on the address scope.",
        )
    sharing.drop(decision, scope.uid)
    changes.delete(decision, scope)


def _scope_missing(uid: str) -> Fault:
    return not_found("AddressScope", f"Address scope {uid} could not be found.")


ADDRESS_SCOPES: Final = serve(
    Collection(
        member="address_scope",
        name="address_scopes",
        path="/address-scopes",
        record=NeutronAddressScope,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", label, "PUVFS", ""),
            *PROJECT,
            shared("PUVFSa"),
            Attribute("ip_version", one_of(4, 6), "PVFS"),
        ),
        view=scope_view,
        create=create_scope,
        update=update_scope,
        delete=delete_scope,
        visible=sharing.visible,
        missing=_scope_missing,
        standard=False,
        tagged=False,
    )
)


# -- address groups ------------------------------------------------------------------------------------------------------------


def group_view(state: WorldState, group: NeutronAddressGroup, caller: Caller) -> Row:
    """An address group as it is shown."""
    return {
        "id": group.uid,
        "name": group.name,
        **standard_view(group),
        "addresses": list(group.addresses),
        "shared": sharing.shared_with(state, group, caller),
    }


_many: Final = items(prefix)


def create_group(decision: Decision, _: Caller, given: Given) -> NeutronAddressGroup:
    """Make an address group."""
    require(decision, given["project_id"], "address_group")
    return changes.create(
        decision,
        NeutronAddressGroup,
        name=given["name"],
        description=given["description"],
        project=given["project_id"],
        addresses=given["addresses"],
    )


def update_group(decision: Decision, _: Caller, group: NeutronAddressGroup, given: Given) -> None:
    """Rename or describe an address group."""
    changes.change(decision, group, **given)


def delete_group(decision: Decision, _: Caller, group: NeutronAddressGroup) -> None:
    """Delete an address group that no rule names."""
    if decision.state.count(NeutronSecurityGroupRule, "remote_address_group", group.uid):
        raise conflict("AddressGroupInUse", f"Address group {group.uid} is in use on one or more security group rules")
    sharing.drop(decision, group.uid)
    changes.delete(decision, group)


ADDRESS_GROUPS: Final = serve(
    Collection(
        member="address_group",
        name="address_groups",
        path="/address-groups",
        record=NeutronAddressGroup,
        attributes=(
            Attribute("id", identifier, "VFS"),
            Attribute("name", label, "PUVFS", ""),
            *PROJECT,
            Attribute("addresses", _many, "PV", ()),
            Attribute("shared"),
        ),
        view=group_view,
        create=create_group,
        update=update_group,
        delete=delete_group,
        visible=sharing.visible,
        tagged=False,
    )
)


@NETWORK.put("/address-groups/{id}/add_addresses")
async def add_addresses(call: Call) -> Row:
    """Add networks to an address group."""
    return await _set_addresses(call, add=True)


@NETWORK.put("/address-groups/{id}/remove_addresses")
async def remove_addresses(call: Call) -> Row:
    """Take networks out of an address group."""
    return await _set_addresses(call, add=False)


async def _set_addresses(call: Call, *, add: bool) -> Row:
    if not isinstance(call.body, dict) or "addresses" not in call.body:
        raise malformed("Unable to find 'addresses' in request body")
    try:
        wanted = _many(call.body["addresses"])
    except Unfit as error:
        raise unfit("addresses", error) from error
    caller = caller_of(call.credentials)
    await call.ask(set_addresses, caller=caller, uid=call.path["id"], wanted=wanted, add=add)
    return shown(call.state, ADDRESS_GROUPS, call.state.get(NeutronAddressGroup, call.path["id"]), caller)


@ask
def set_addresses(decision: Decision, *, caller: Caller, uid: str, wanted: tuple[str, ...], add: bool) -> None:
    """Add networks, or take them out."""
    group: NeutronAddressGroup = held(decision.state, ADDRESS_GROUPS, uid, caller, "update_address_group")
    wrong = [one for one in wanted if (one in group.addresses) is add]
    if wrong:
        reason = "are already in" if add else "not found in"
        raise bad_request("address_group", f"Addresses {', '.join(wrong)} {reason} address group {uid}")
    after = (*group.addresses, *wanted) if add else tuple(one for one in group.addresses if one not in wanted)
    changes.change(decision, group, addresses=after)
