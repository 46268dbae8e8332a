"""The services of the cloud, in the order in which they are seeded; a new one is one line here."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

from emulators import openstack
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.dashboard.service import DASHBOARD
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.image.service import IMAGE
from emulators.openstack.network.service import NETWORK
from emulators.openstack.objectstore.service import OBJECT_STORE
from emulators.openstack.placement.service import PLACEMENT
from emulators.openstack.service import Operation, Service
from emulators.openstack.volume.service import VOLUME

SERVICES: Final[tuple[Service, ...]] = (IDENTITY, NETWORK, IMAGE, VOLUME, PLACEMENT, COMPUTE, OBJECT_STORE, DASHBOARD)


def load() -> tuple[Service, ...]:
    """Import every module of the services, so that what they declare is there."""
    for module in pkgutil.walk_packages(openstack.__path__, f"{openstack.__name__}."):
        importlib.import_module(module.name)
    return SERVICES


def operations() -> list[Operation]:
    """Every declared operation."""
    return [operation for service in load() for operation in service.operations]
