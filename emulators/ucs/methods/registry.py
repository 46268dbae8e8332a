"""The table of methods: dispatch, the answer to what is not there, and the coverage page all read it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Final, Literal, NamedTuple

from emulators.ucs.call import Answer, Call
from emulators.ucs.schema.metadata import schema

Function = Callable[[Call], Awaitable[Answer]]


Quality = Literal["answers", "faults", "checked", "client"]
"""How far a method is proven: behaviour; its refusals tested; shape checked; exercised by an unmodified client."""


class Method(NamedTuple):
    """A registered method; ``open_to_all``: it needs no session."""

    name: str
    function: Function
    open_to_all: bool
    quality: Quality = "answers"


METHODS: Final[dict[str, Method]] = {}


def method(name: str, *, open_to_all: bool = False, quality: Quality = "answers") -> Callable[[Function], Function]:
    """Register the function of a method of UCS Manager's API; TypeError when there is no such method, or it has one already."""

    def register(function: Function) -> Function:
        if name not in schema().methods or name in METHODS:
            raise TypeError(f"{name} is no method of the API, or is registered twice")
        METHODS[name] = Method(name, function, open_to_all, quality)
        return function

    return register


def load(*packages: ModuleType) -> None:
    """Import every module in the packages, so that what they register is there."""
    for package in packages:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
