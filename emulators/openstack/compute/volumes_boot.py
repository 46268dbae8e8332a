"""``/os-volumes_boot``: servers under the name that clients of the first API boot them from volumes by."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from typing import Final

from emulators.openstack.compute import servers
from emulators.openstack.compute.service import COMPUTE

ALIASED: Final = frozenset({"/servers", "/servers/detail", "/servers/{server_id}", "/servers/{server_id}/action"})
NAME: Final = "/os-volumes_boot"

for _module in pkgutil.iter_modules(servers.__path__, f"{servers.__name__}."):
    importlib.import_module(_module.name)
COMPUTE.operations += [
    dataclasses.replace(operation, path=operation.path.replace("/servers", NAME, 1))
    for operation in COMPUTE.operations
    if operation.path in ALIASED
]
