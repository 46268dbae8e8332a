"""SearchIndex: finding VMs and hosts by what people know of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import unquote

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.objects import Object
from emulators.vsphere.records import ROOT
from emulators.vsphere.soap import faults
from emulators.vsphere.soap.faults import VimFault
from emulators.world.identity import host_identity
from emulators.world.model import Datastore, Entity, Hypervisor, Vm

Matches = Callable[[Any], bool]

_DATASTORE_PATH: Final = re.compile(r"\[([^\]]+)\] ?(.+)")


def _found(call: Call, entities: Iterator[Entity] | list[Any]) -> list[Any]:
    """References of those entities that vCenter shows, within the datacenter that the call names."""
    objects = (call.services.objects.of(entity) for entity in entities)
    datacenter = call.args.datacenter
    within = call.object(type(datacenter), datacenter._moId) if datacenter is not None else None
    return [one.ref for one in objects if one is not None and (within is None or datacenter_of(call, one) is within)]


def datacenter_of(call: Call, managed: Object | None) -> Object | None:
    """The datacenter above an object."""
    while managed is not None and managed.type is not vim.Datacenter:
        managed = call.view.tree.parent(managed)
    return managed


def _first(found: list[Any]) -> Any:
    return found[0] if found else None


# -- by identity ------------------------------------------------------------------------------------------------------------------


def _by_uuid(call: Call) -> list[Any]:
    uuid = call.args.uuid.strip().lower()
    state = call.world.state
    if call.args.vmSearch:
        return _found(call, state.where(Vm, "instance_uuid" if call.args.instanceUuid else "uuid", uuid))
    return _found(call, [host for host in state.iterate(Hypervisor) if host_identity(state, host).uuid == uuid])


def _by_ip(call: Call) -> list[Any]:
    address = call.args.ip
    return _search(call, lambda vm: any(address in one for one in vm.guest.addresses.values()), lambda host: host.management_ip == address)


def _by_dns_name(call: Call) -> list[Any]:
    name = call.args.dnsName.lower()
    return _search(call, lambda vm: bool(name) and vm.guest.hostname.lower() == name, lambda host: host.name.lower() == name)


def _search(call: Call, of_vm: Matches, of_host: Matches) -> list[Any]:
    state = call.world.state
    if call.args.vmSearch:
        return _found(call, (vm for vm in state.iterate(Vm) if of_vm(vm)))
    return _found(call, (host for host in state.iterate(Hypervisor) if of_host(host)))


@method(vim.SearchIndex, "FindByUuid", quality="client")
async def find_by_uuid(call: Call) -> Any:
    """The VM (by BIOS or instance UUID) or host of a UUID."""
    return _first(_by_uuid(call))


@method(vim.SearchIndex, "FindAllByUuid", quality="client")
async def find_all_by_uuid(call: Call) -> list[Any]:
    """All VMs or hosts of a UUID."""
    return _by_uuid(call)


@method(vim.SearchIndex, "FindByIp", quality="client")
async def find_by_ip(call: Call) -> Any:
    """The VM whose guest has an address, or the host that is managed at it."""
    return _first(_by_ip(call))


@method(vim.SearchIndex, "FindAllByIp", quality="client")
async def find_all_by_ip(call: Call) -> list[Any]:
    """All VMs or hosts of an address."""
    return _by_ip(call)


@method(vim.SearchIndex, "FindByDnsName", quality="client")
async def find_by_dns_name(call: Call) -> Any:
    """The VM whose guest calls itself so, or the host of that name."""
    return _first(_by_dns_name(call))


@method(vim.SearchIndex, "FindAllByDnsName", quality="client")
async def find_all_by_dns_name(call: Call) -> list[Any]:
    """All VMs or hosts of a DNS name."""
    return _by_dns_name(call)


# -- by place ---------------------------------------------------------------------------------------------------------------------


@method(vim.SearchIndex, "FindByInventoryPath", quality="client")
async def find_by_inventory_path(call: Call) -> Any:
    """The entity at a path such as ``dc-1/vm/web/web-01``; a slash in a name is written ``%2f``."""
    managed = call.services.objects.of(ROOT)
    for name in (part for part in call.args.inventoryPath.split("/") if part):
        managed = _child(call, managed, unquote(name)) if managed is not None else None
    return managed.ref if managed is not None else None


@method(vim.SearchIndex, "FindChild", quality="client")
async def find_child(call: Call) -> Any:
    """The child of an entity with that name."""
    found = _child(call, call.object(type(call.args.entity), call.args.entity._moId), call.args.name)
    return found.ref if found is not None else None


def _child(call: Call, managed: Object, name: str) -> Object | None:
    for child in call.view.tree.children(managed):
        entity = call.view.tree.entity(child)
        if entity is not None and unquote(entity.name) == name:
            return child
    return None


@method(vim.SearchIndex, "FindByDatastorePath", quality="faults")
async def find_by_datastore_path(call: Call) -> Any:
    """The VM of a configuration file.  Faults: InvalidDatastore, InvalidDatastorePath."""
    match = _DATASTORE_PATH.fullmatch(call.args.path.strip())
    if match is None:
        fault = vim.fault.InvalidDatastorePath(datastorePath=call.args.path)
        raise VimFault(fault, f"Invalid datastore path '{faults.echo(call.args.path)}'.")
    state = call.world.state
    stores = {datastore.uid for datastore in state.where(Datastore, "name", match[1])}
    if not stores:
        raise VimFault(vim.fault.InvalidDatastore(name=match[1]), f"The datastore '{faults.echo(match[1])}' was not found.")
    wanted = f"[{match[1]}] {match[2]}"
    return _first(_found(call, [vm for uid in stores for vm in state.where(Vm, "datastore", uid) if vm.path == wanted]))
