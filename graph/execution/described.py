"""Docstrings as descriptions: what a reader of the code reads, a reader of the schema reads too."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform

import strawberry
from strawberry.types import get_object_definition

T = TypeVar("T", bound=type)


@dataclass_transform(order_default=True, kw_only_default=True)
def graph_type(of: Any = None, **options: Any) -> Any:
    """``strawberry.type`` whose description is the class's docstring, and whose resolvers' descriptions are theirs."""
    return _described(strawberry.type, of, options)


@dataclass_transform(order_default=True, kw_only_default=True)
def graph_interface(of: Any = None, **options: Any) -> Any:
    """The same for ``strawberry.interface``."""
    return _described(strawberry.interface, of, options)


@dataclass_transform(order_default=True, kw_only_default=True)
def graph_input(of: Any = None, **options: Any) -> Any:
    """The same for ``strawberry.input``."""
    return _described(strawberry.input, of, options)


def graph_enum(of: Any = None, **options: Any) -> Any:
    """The same for ``strawberry.enum``."""
    return _described(strawberry.enum, of, options)


def text_of(documented: Any) -> str | None:
    """The docstring that something has itself, as flowing text; None without one."""
    doc = documented.__dict__.get("__doc__") if isinstance(documented, type) else getattr(documented, "__doc__", None)
    return _flowing(doc) if doc else None


def _described(decorate: Callable[..., Any], of: Any, options: dict[str, Any]) -> Any:
    def make(cls: T) -> T:
        described = {"description": text_of(cls), **options}
        made: T = decorate(cls, **described)
        _describe_resolvers(made)
        return made

    return make if of is None else make(of)


def _describe_resolvers(of: Any) -> None:
    definition = get_object_definition(of)
    for field in definition.fields if definition is not None else ():
        if field.description is None and field.base_resolver is not None:
            field.description = text_of(field.base_resolver.wrapped_func)


def _flowing(doc: str) -> str:
    """Paragraphs stay; the lines in them are joined, as a schema's readers wrap them themselves."""
    paragraphs = inspect.cleandoc(doc).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
