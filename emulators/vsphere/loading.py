"""Importing whole packages whose modules register themselves: property functions and methods."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def load_package(package: ModuleType) -> None:
    """Import every module in a package and the packages inside it."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
