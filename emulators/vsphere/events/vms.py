"""Events of VMs."""

from __future__ import annotations

from typing import Any, Final

from pyVmomi import vim

from emulators.vsphere.events.arguments import (
    datacenter_argument,
    datacenter_of,
    datastore_argument,
    host_argument,
    pool_argument,
    vm_argument,
)
from emulators.vsphere.events.changes import config_changes, config_spec
from emulators.vsphere.events.telling import Told, tells
from emulators.vsphere.properties.view import View
from emulators.world.decisions import hosts, power, vms
from emulators.world.model import Datastore, Hypervisor, Owner, Vm

event: Final = vim.event
_BOOKKEEPING: Final = frozenset({"modified", "change", "version"})


def _vm(told: Told) -> Vm | None:
    """The VM, if vSphere's."""
    vm = told.subject()
    return vm if isinstance(vm, Vm) and vm.owner is Owner.VSPHERE else None


def _old(told: Told) -> Vm | None:
    old = told.before()
    return old if isinstance(old, Vm) else None


@tells(power.VM_POWERED_ON)
def powered_on(told: Told, _: View) -> Any:
    """It runs."""
    return event.VmPoweredOnEvent(template=False) if _vm(told) else None


@tells(power.VM_POWERED_OFF, power.VM_FAILED)
def powered_off(told: Told, _: View) -> Any:
    """It is off, whoever saw to it."""
    return event.VmPoweredOffEvent(template=False) if _vm(told) else None


@tells(power.VM_SUSPENDED)
def suspended(told: Told, _: View) -> Any:
    """It is frozen."""
    return event.VmSuspendedEvent(template=False) if _vm(told) else None


@tells(power.VM_RESET)
def reset(told: Told, _: View) -> Any:
    """It started afresh; a guest's own restart has been told when it was asked for."""
    if _vm(told) is None or (told.work is not None and told.work.operation == "vm.reboot_guest"):
        return None
    return event.VmResettingEvent(template=False)


@tells(vms.VM_CREATED)
def created(told: Told, _: View) -> Any:
    """It was made."""
    return event.VmCreatedEvent(template=False) if _vm(told) else None


@tells(vms.VM_CLONED)
def cloned(told: Told, view: View) -> Any:
    """It was made from another; from a template it is deployed."""
    vm = _vm(told)
    if vm is None:
        return None
    source = view.state.maybe(Vm, told.work.subject) if told.work is not None else None
    if source is None:
        return event.VmCreatedEvent(template=vm.template)
    argument = vm_argument(view, source)
    if source.template:
        return event.VmDeployedEvent(template=vm.template, srcTemplate=argument)
    return event.VmClonedEvent(template=vm.template, sourceVm=argument)


@tells(vms.VM_DELETED)
def removed(told: Told, _: View) -> Any:
    """It is gone."""
    vm = _vm(told)
    return event.VmRemovedEvent(template=vm.template) if vm is not None else None


@tells(vms.VM_RECONFIGURED)
def reconfigured(told: Told, view: View) -> Any:
    """Settings or hardware changed; a change of the name alone is a renaming."""
    vm, old = _vm(told), _old(told)
    if vm is None or old is None:
        return None
    if told.changed() - _BOOKKEEPING == {"name"}:
        return event.VmRenamedEvent(template=vm.template, oldName=old.name, newName=vm.name)
    changes = config_changes(told, old, vm)
    return event.VmReconfiguredEvent(template=vm.template, configSpec=config_spec(old, vm), configChanges=changes)


@tells(vms.VM_MOVED)
def moved(told: Told, view: View) -> Any:
    """It went to another host, datastore or pool; vCenter logs no event when it only changes its folder."""
    vm, old = _vm(told), _old(told)
    changed = told.changed()
    if vm is None or old is None:
        return None
    if changed & {"host", "datastore"} and view.state.maybe(Hypervisor, old.host) is not None:
        cls = event.VmMigratedEvent if "host" in changed else event.VmRelocatedEvent
        return cls(template=vm.template, **_source(view, old))
    if "pool" in changed and old.pool:
        parents = {"oldParent": pool_argument(view, old.pool), "newParent": pool_argument(view, vm.pool)}
        return event.VmResourcePoolMovedEvent(template=vm.template, **parents) if all(parents.values()) else None
    return None


def _source(view: View, old: Vm) -> dict[str, Any]:
    return {
        "sourceHost": host_argument(view, view.state.maybe(Hypervisor, old.host)),
        "sourceDatacenter": datacenter_argument(view, datacenter_of(view.state, old)),
        "sourceDatastore": datastore_argument(view, view.state.maybe(Datastore, old.datastore)),
    }


@tells(hosts.VM_LOST)
def lost(told: Told, _: View) -> Any:
    """It went down with its host."""
    return event.VmDisconnectedEvent(template=False) if _vm(told) else None


@tells(hosts.VM_PLACED)
def restarted(told: Told, view: View) -> Any:
    """High availability starts it elsewhere."""
    old = _old(told)
    source = host_argument(view, view.state.maybe(Hypervisor, old.host)) if old is not None else None
    return event.VmRestartedOnAlternateHostEvent(template=False, sourceHost=source) if _vm(told) and source is not None else None


@tells(hosts.VM_NOT_RESTARTED)
def not_restarted(told: Told, view: View) -> Any:
    """High availability found no place for it."""
    if view.state.maybe(Vm, told.record.event.subject) is None:
        return None
    reason = vim.fault.InsufficientFailoverResourcesFault(msg=told.detail.get("reason", ""))
    return event.VmFailoverFailed(template=False, reason=reason)
