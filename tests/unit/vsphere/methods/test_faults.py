"""The table from domain errors to faults."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from dcsim import errors
from emulators.vsphere import faults
from emulators.vsphere.soap import envelope
from emulators.vsphere.soap.faults import VimFault
from emulators.world.model import Datastore, Power, Vm
from emulators.world.state import WorldState


class Blind:
    """Sees nothing of the world: what errors name is gone."""

    state = WorldState()

    def maybe_ref(self, _thing: Any) -> Any:
        """Nothing."""
        return None


def every_error() -> list[errors.DcsimError]:
    """One of each error that a request may end with, alone and as talkative as it can be."""
    return [
        errors.NotFound("gone", subject="x"),
        errors.AlreadyExists("taken", subject="x", field="name"),
        errors.AlreadyExists("taken", field="path"),
        errors.InvalidArgument("wrong", field="cpus"),
        errors.InvalidArgument("wrong"),
        errors.InvalidState("wrong", subject="x", existing=Power.ON, requested=Power.OFF),
        *(
            errors.InvalidState("wrong", subject="x", field=name, existing="not_responding")
            for name in ("tools", "template", "host", "datastore", "disk", "cpus")
        ),
        errors.Busy("busy", subject="x", task="y"),
        errors.VersionConflict("changed"),
        errors.InUse("used", subject="x"),
        *(errors.InsufficientResources("short", resource=name) for name in ("cpu", "memory", "disk", "failover", "host", "address", "")),
        errors.PermissionDenied("no", privilege="VirtualMachine.Interact.PowerOn"),
        errors.Unauthenticated("who"),
        errors.TooManyRequests("slowly", retry_after=2),
        errors.NotSupported("not yet"),
        errors.Injected("broken", fault="InvalidPowerState"),
        errors.Injected("broken", fault="Nonsense"),
        errors.MachineError("the engine is away"),
        errors.JournalUnavailable("disk full"),
    ]


def test_every_domain_error_has_its_line() -> None:
    assert faults.uncovered() == set()


@pytest.mark.parametrize(
    "error", every_error(), ids=lambda error: f"{type(error).__name__}-{getattr(error, 'field', None) or getattr(error, 'resource', '')}"
)
def test_every_fault_can_be_sent_even_when_what_it_names_is_gone(error: errors.DcsimError) -> None:
    fault = faults.vim_fault(error, Blind())
    assert isinstance(fault, VimFault)
    assert fault.message
    assert b"<faultstring>" in envelope.fault_envelope(fault)


async def test_faults_name_what_is_there(vcenter: Any) -> None:
    view = vcenter.services.properties.anonymous
    vm, store = vcenter.world.state.all(Vm)[0], vcenter.world.state.all(Datastore)[0]
    reference = view.ref(vm)
    cases: list[tuple[errors.DcsimError, Any, dict[str, Any]]] = [
        (errors.AlreadyExists("x", subject=vm.uid), vim.fault.DuplicateName, {"name": vm.name, "object": reference}),
        (errors.NotFound("x", subject=vm.uid), vmodl.fault.ManagedObjectNotFound, {"obj": reference}),
        (errors.InUse("x", subject=vm.uid), vim.fault.ResourceInUse, {"name": vm.name}),
        (errors.InvalidState("x", subject=store.uid, field="datastore"), vim.fault.InaccessibleDatastore, {"name": store.name}),
        (errors.InsufficientResources("x", subject=store.uid, resource="disk"), vim.fault.NoDiskSpace, {"datastore": store.name}),
        (errors.InsufficientResources("x", subject=vm.uid, resource="memory"), vim.fault.InsufficientMemoryResourcesFault, {}),
        (errors.Injected("x", subject=vm.uid, fault="ConcurrentAccess"), vim.fault.ConcurrentAccess, {}),
        (errors.Injected("x", fault="InvalidName"), vim.fault.InvalidName, {"name": "x"}),
    ]
    for error, fault_type, fields in cases:
        fault = faults.vim_fault(error, view).fault
        assert type(fault) is fault_type
        assert {name: getattr(fault, name) for name in fields} == fields
