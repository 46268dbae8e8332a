"""PropertyCollector: retrieving properties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pyVmomi import vim, vmodl

from emulators.vsphere.call import Call, Encoded, method
from emulators.vsphere.pace import Pace
from emulators.vsphere.properties import retrieval
from emulators.vsphere.properties.specs import Plan
from emulators.vsphere.properties.states import is_public
from emulators.vsphere.properties.tokens import Remainder, tokens_of
from emulators.vsphere.soap import envelope, faults, metadata
from emulators.vsphere.soap.vmodl import ManagedObject

PropertyCollector: Final = vmodl.query.PropertyCollector


def plans_of(call: Call, specs: Sequence[Any]) -> list[Plan]:
    """The compiled filter specs of a call, remembered for requests with the same bytes."""
    memo = call.context.memo
    if "plans" not in memo:
        memo["plans"] = [Plan(spec, call.version) for spec in specs]
    plans: list[Plan] = memo["plans"]
    return plans


@method(PropertyCollector, "RetrieveProperties", quality="client")
async def retrieve_properties(call: Call) -> Encoded:
    """All of what the filter specs select.  Faults: InvalidProperty, ManagedObjectNotFound."""
    pace = Pace()
    wanted = await retrieval.choose(call.view, plans_of(call, call.args.specSet), pace)
    return Encoded(*await retrieval.begin(retrieval.contents(call.view, wanted, call.version, b"returnval", pace)))


@method(PropertyCollector, "RetrievePropertiesEx", quality="client")
async def retrieve_properties_ex(call: Call) -> Encoded:
    """A page of what the filter specs select, and a token for the next one.  Faults: InvalidProperty, ManagedObjectNotFound."""
    most = call.args.options.maxObjects
    if most is not None and most <= 0:
        raise faults.invalid_argument("options.maxObjects")
    pace = Pace()
    wanted = await retrieval.choose(call.view, plans_of(call, call.args.specSet), pace)
    return await _page(call, wanted, most, pace)


@method(PropertyCollector, "ContinueRetrievePropertiesEx", quality="client")
async def continue_retrieve_properties_ex(call: Call) -> Encoded:
    """The next page.  Faults: InvalidArgument for a token that is unknown or used up."""
    remainder = tokens_of(call.session).pop(call.args.token, None)
    if remainder is None:
        raise faults.invalid_argument("token")
    return await _page(call, remainder.wanted, remainder.most, Pace())


@method(PropertyCollector, "CancelRetrievePropertiesEx", quality="client")
async def cancel_retrieve_properties_ex(call: Call) -> None:
    """Forget a token.  Faults: InvalidArgument for one that is unknown."""
    if tokens_of(call.session).pop(call.args.token, None) is None:
        raise faults.invalid_argument("token")


async def _page(call: Call, wanted: list[retrieval.Wanted], most: int | None, pace: Pace) -> Encoded:
    taken = wanted if most is None else wanted[:most]
    body, rest = await retrieval.begin(retrieval.contents(call.view, taken, call.version, b"objects", pace))
    left = wanted[len(taken) :]
    token = tokens_of(call.session).keep(Remainder(left, most)) if left else None
    result = envelope.retrieve_result([body], token)
    return Encoded(result) if rest is None else Encoded(result.removesuffix(_END), rest, _END)


_END: Final = b"</returnval>"


@method(ManagedObject, metadata.FETCH)
async def fetch(call: Call) -> Any:
    """One property of the object.  Faults: InvalidProperty, NotAuthenticated."""
    name: str = call.args.prop
    managed = call.target
    if not call.view.key and not is_public(managed, name):
        raise faults.VimFault(vim.fault.NotAuthenticated(object=managed.ref, privilegeId="System.View"))
    call.services.properties.start_object()
    fragment = call.services.properties.fragment(call.view, managed, name, call.version)
    if fragment.fault is not None:
        raise faults.VimFault(fragment.fault)
    return Encoded(fragment.data.replace(b"<val", b"<returnval", 1).removesuffix(b"</val>") + b"</returnval>" if fragment.data else b"")
