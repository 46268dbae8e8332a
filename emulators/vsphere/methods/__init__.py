"""The methods of vSphere's managed objects, one module for each type; importing this package registers all of them."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every module of this package and those inside it, so that their methods are registered."""
    for module in pkgutil.walk_packages(__path__, f"{__name__}."):
        importlib.import_module(module.name)
