"""Every type that has objects here is complete: each mandatory property has a function, and every object can be read whole."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim

from emulators.vsphere import methods, views
from emulators.vsphere.call import Services
from emulators.vsphere.loading import load_package
from emulators.vsphere.objects import SINGLETONS, declarations
from emulators.vsphere.properties import table
from emulators.vsphere.properties.collector import Collector
from emulators.vsphere.properties.filters import Filter
from tests.unit.vsphere.core.wire import COLLECTOR, Wire, filter_spec, object_spec, property_spec

load_package(views)
load_package(methods)
OWN = (vim.view.ContainerView, vim.view.ListView, vim.view.InventoryView, Collector.type, Filter.type)
TYPES = sorted(
    {one.type for one in declarations()} | {one.type for one in SINGLETONS.values()} | {*OWN}, key=lambda managed: managed.__name__
)


@pytest.mark.parametrize("managed", TYPES, ids=lambda managed: managed.__name__)
def test_every_mandatory_property_has_a_function(managed: Any) -> None:
    assert table.missing(managed) == []


async def test_every_object_can_be_read_whole(wire: Wire, services: Services) -> None:
    found = [services.objects.of(entity) for entity in services.world.state]
    found += [services.objects.facet(entity, one.type) for entity in services.world.state for one in declarations() if one.facet]
    found += [services.objects.singleton(one) for one in SINGLETONS.values()]
    objects = [one for one in found if one is not None]
    assert len({one.type for one in objects}) > 40
    specs = [filter_spec([object_spec(one.ref)], property_spec(one.type, "*")) for one in objects]
    told = await wire.call(COLLECTOR, "RetrieveProperties", specSet=specs)
    assert len(told) == len(objects)
    faults = {f"{one.obj}.{missing.path}": missing.fault for one in told for missing in one.missingSet}
    assert faults == {}
