"""Nova: its route list, and the schemas that its methods are decorated with."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

KINDS = {"body": "request_body_schemas", "query": "request_query_schemas", "response": "response_body_schemas"}


def entries(configuration: str) -> Iterator[dict[str, Any]]:
    """Every schema of every method and action."""
    settings = importlib.import_module("nova.conf").CONF
    settings([], project="nova", default_config_files=[configuration])
    importlib.import_module("nova.rpc").init(settings)
    routes = importlib.import_module("nova.api.openstack.compute.routes")
    for path, methods in routes.ROUTE_LIST:
        if isinstance(methods, str):  # a redirection
            continue
        for method, (controller, name) in methods.items():
            for action, function in functions(controller(), name).items():
                yield from schemas({"method": method, "path": path, "action": action}, function)


def functions(resource: Any, name: str) -> dict[str, Any]:
    """What answers: one function, or one for each action."""
    return dict(resource.wsgi_actions) if name == "action" else {"": getattr(resource.controller, name)}


def schemas(place: dict[str, Any], function: Any) -> Iterator[dict[str, Any]]:
    """The schemas of a function, with the microversions that each is for."""
    held = (getattr(function, "min_version", None) or "", getattr(function, "max_version", None) or "")
    for kind, attribute in KINDS.items():
        for schema, lowest, highest in getattr(function, attribute, _None())._schemas:
            versions = {"lowest": version(lowest) or held[0], "highest": version(highest) or held[1]}
            yield {**place, **versions, "kind": kind, "schema": schema}


class _None:
    """No schemas."""

    _schemas = ()


def version(asked: Any) -> str:
    """A microversion as text, or nothing."""
    return "" if asked.is_null() else str(asked.get_string())


def accepts(kind: str, schema: Any, instance: Any) -> bool:
    """Nova's own verdict."""
    validators = importlib.import_module("nova.api.validation.validators")
    exception = importlib.import_module("nova.exception")
    try:
        validators._SchemaValidator(schema, is_body=kind != "query").validate(instance)
    except exception.ValidationError:
        return False
    return True
