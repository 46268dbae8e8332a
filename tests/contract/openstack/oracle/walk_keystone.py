"""Keystone: the rules of its Flask application, and the schemas that its resources' methods are decorated with."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

KINDS = {"body": "_request_body_schema", "query": "_request_query_schema", "response": "_response_body_schema"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BASE = "/v3"
UNDECORATED = (
    ("POST", "/auth/tokens", "auth", "keystone.auth.schema", "token_issue"),
    ("POST", "/users/{user_id}/password", "user", "keystone.identity.schema", "password_change"),
)
"""Bodies that functions, not decorators, hold to a schema: method, path, the body's key, module and name of its value's schema."""


def entries(configuration: str) -> Iterator[dict[str, Any]]:
    """Every schema of every method."""
    settings = importlib.import_module("keystone.conf")
    settings.configure()
    settings.CONF([], project="keystone", default_config_files=[configuration])
    application = importlib.import_module("keystone.server.flask.application").application_factory()
    for rule in application.url_map.iter_rules():
        view = application.view_functions[rule.endpoint]
        class_ = getattr(view, "view_class", None)
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule).removeprefix(BASE)
        for method in METHODS if class_ is not None else ():
            yield from schemas(
                {"method": method, "path": path, "action": "", "lowest": "", "highest": ""}, getattr(class_, method.lower(), None)
            )
    for method, path, key, module, name in UNDECORATED:
        value = getattr(importlib.import_module(module), name)
        schema = {"type": "object", "properties": {key: value}, "required": [key]}
        yield {"method": method, "path": path, "action": "", "lowest": "", "highest": "", "kind": "body", "schema": schema}


def schemas(place: dict[str, Any], function: Any) -> Iterator[dict[str, Any]]:
    """The schemas of a method that has them."""
    for kind, attribute in KINDS.items():
        schema = getattr(function, attribute, None)
        if schema is not None and not (kind == "body" and place["method"] == "GET"):
            yield {**place, "kind": kind, "schema": schema}


def accepts(kind: str, schema: Any, instance: Any) -> bool:
    """Keystone's own verdict; of a query's values it looks at one."""
    if kind == "query":
        instance = {name: values[0] if isinstance(values, list) and values else values for name, values in instance.items()}
    validators = importlib.import_module("keystone.api.validation.validators")
    exception = importlib.import_module("keystone.exception")
    webob = importlib.import_module("webob.exc")
    try:
        validators._SchemaValidator(schema, is_body=True).validate(instance)
    except (exception.ValidationError, exception.SchemaValidationError, webob.HTTPException):
        return False
    return True
