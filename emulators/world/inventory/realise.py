"""From an inventory to the entities of a world.  The same inventory, seed and time give the same entities, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from emulators.world.inventory.check import check
from emulators.world.inventory.guests import vms
from emulators.world.inventory.hardware import facilities, ucs_domains
from emulators.world.inventory.hosts import HostPlan, host_plans, hypervisors, pools
from emulators.world.inventory.making import Making
from emulators.world.inventory.shared import clusters, gateway_of, networks, storage
from emulators.world.inventory.spec import Inventory, NicSpec, parse_size
from emulators.world.ipam import Addresses
from emulators.world.model import Application, BusinessService, Entity, Image, Project, Team, Vm


def realise(inventory: Inventory, seed: int, now: datetime) -> Iterator[Entity]:
    """Every entity of the inventory, numbered from 1: facility, hardware, hosts, storage, networks, VMs, tenancy.

    Raises InvalidArgument, naming the field, for an inventory that does not hold together.
    """
    check(inventory)
    making = Making(inventory, seed, now)
    hosts = host_plans(inventory)
    addresses = _addresses(inventory, hosts)
    yield from facilities(making)
    yield from ucs_domains(making, {plan.blade: plan.name for plan in hosts.values() if plan.associated})
    yield from clusters(making)
    yield from hypervisors(making, hosts, addresses)
    yield from storage(making)
    yield from networks(making)
    yield from pools(making, hosts)
    yield from _images(making)
    yield from _projects(making)
    yield from vms(making, hosts, addresses)
    yield from _tenancy(making)


def _addresses(inventory: Inventory, hosts: dict[str, HostPlan]) -> dict[str, Addresses]:
    """The addresses of every network, without those that the document gives out itself."""
    fixed = [plan.own.ip for plan in hosts.values()]
    fixed += [domain.address for domain in inventory.ucs_domains]
    fixed += [nic.ip for vm in inventory.vms for nic in vm.networks if isinstance(nic, NicSpec)]
    return {spec.name: Addresses(spec.cidr, gateway_of(spec), fixed) for spec in inventory.networks if spec.cidr}


def _images(making: Making) -> Iterator[Entity]:
    for spec in making.inventory.images:
        size = parse_size(spec.size)
        yield making.make(Image, (spec.name,), name=spec.name, ref=spec.ref, os=spec.os, guest_id=spec.guest_id, size_bytes=size)


def _projects(making: Making) -> Iterator[Entity]:
    for spec in making.inventory.projects:
        yield making.make(Project, (spec.name,), name=spec.name, description=spec.description, enabled=spec.enabled)


def _tenancy(making: Making) -> Iterator[Entity]:
    for team in making.inventory.teams:
        yield making.make(Team, (team.name,), name=team.name, email=team.email)
    for service in making.inventory.business_services:
        owner = making.ref(Team, service.owner)
        yield making.make(BusinessService, (service.name,), name=service.name, criticality=service.criticality, owner=owner)
    for app in making.inventory.applications:
        yield making.make(
            Application,
            (app.name,),
            name=app.name,
            services=tuple(making.uid(BusinessService, name) for name in app.services),
            team=making.ref(Team, app.team),
            tiers={tier: tuple(making.uid(Vm, name) for name in names) for tier, names in app.tiers.items()},
            needed=app.needed,
        )
