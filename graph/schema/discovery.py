"""The parts of the schema: a domain is one module in this package, and being there is all that it takes.

A class of a module that is a Strawberry type and is named ``...Query``, ``...Mutation`` or ``...Subscription`` is a part of that root.
What a part takes over as its base is not a part of its own.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from types import ModuleType
from typing import Any, Final

from strawberry.types import has_object_definition

from dcsim.errors import AlreadyExists
from graph.execution.described import graph_type

ROOTS: Final = ("Query", "Mutation", "Subscription")


def domains(package: ModuleType) -> list[ModuleType]:
    """Every module of the package, by name; the error of one that cannot be imported names it."""
    return [_imported(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)]


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:
        error.add_note(f"This is why {name}, a part of the GraphQL schema, cannot be imported.")
        raise


def parts(modules: Iterable[ModuleType], root: str) -> list[type]:
    """What the modules declare of a root type."""
    found: list[type] = [
        declared
        for module in modules
        for name, declared in vars(module).items()
        if name.endswith(root) and isinstance(declared, type) and declared.__module__ == module.__name__ and has_object_definition(declared)
    ]
    return [one for one in found if not any(one is not other and issubclass(other, one) for other in found)]


def root_of(modules: Iterable[ModuleType], root: str, description: str) -> Any:
    """The root type with all of its parts; None when there are none.  Raises AlreadyExists for a field that two of them have."""
    found = parts(modules, root)
    taken: dict[str, type] = {}
    for part in found:
        for field in part.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            other = taken.setdefault(field.python_name, part)
            if other is not part:
                raise AlreadyExists(f"{root}.{field.python_name} is declared by {other.__name__} and by {part.__name__}.", subject=root)
    return graph_type(type(root, tuple(found), {"__doc__": description})) if found else None
