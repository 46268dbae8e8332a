"""Cinder: the routes of its v3 router with all extensions, and the schemas that its methods are decorated with."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

PROJECT = re.compile(r"^/?\{project_id[^}]*\}")
FORMAT = ".:(format)"


def entries(configuration: str) -> Iterator[dict[str, Any]]:
    """Every schema of every method and action."""
    importlib.import_module("cinder.objects").register_all()
    importlib.import_module("cinder.common.config")
    settings = importlib.import_module("oslo_config.cfg").CONF
    settings([], project="cinder", default_config_files=[configuration])
    rpc = importlib.import_module("cinder.rpc")
    rpc.init(settings)
    unpinned: dict[str, None] = dict.fromkeys(("cinder-scheduler", "cinder-volume", "cinder-backup"))
    rpc.LAST_RPC_VERSIONS.update(unpinned)  # or each asks a database which versions run
    rpc.LAST_OBJ_VERSIONS.update(unpinned)
    manager = importlib.import_module("cinder.api.extensions").ExtensionManager()
    router = importlib.import_module("cinder.api.v3.router").APIRouter(manager)
    seen = set()
    for route in router.map.matchlist:
        path = PROJECT.sub("", route.routepath or "")
        if path == (route.routepath or "") or path.endswith(FORMAT) or "controller" not in route.defaults:
            continue
        for method in (route.conditions or {}).get("method", ["GET"]):
            for action, function in functions(route.defaults["controller"], route.defaults["action"]):
                for entry in schemas(placed(method, plain(path), action), function):
                    key = str({**entry, "schema": None})
                    if key not in seen:
                        seen.add(key)
                        yield entry


def placed(method: str, path: str, action: str) -> dict[str, Any]:
    """Where a function answers: some extensions name those that create and update what they add to as if these were actions."""
    one = path.removesuffix("/action")
    places = {"create": ("POST", one.rpartition("/")[0], ""), "update": ("PUT", one, "")}
    return dict(zip(("method", "path", "action"), places.get(action, (method, path, action)), strict=True))


def plain(path: str) -> str:
    """A path's template with nothing but names in its braces."""
    return re.sub(r":\(?(\w+)\)?", r"{\1}", re.sub(r"\{([^}:]*):[^}]*\}", r"{\1}", path))


def functions(resource: Any, name: str) -> Iterator[tuple[str, Any]]:
    """What answers: one function a range of microversions, or one for each action."""
    controller = getattr(resource, "controller", None)
    if name == "action":
        yield from getattr(resource, "wsgi_actions", {}).items()
    versioned = getattr(type(controller), "versioned_methods", {}).get(name)
    if versioned:
        yield from (("", one) for one in versioned)
    elif hasattr(type(controller), name):
        yield "", getattr(type(controller), name)


def schemas(place: dict[str, Any], function: Any) -> Iterator[dict[str, Any]]:
    """The schemas of a function, or of a method with its versions: decorators keep what they were given in their closure."""
    held = (text(getattr(function, "start_version", None)), text(getattr(function, "end_version", None)))
    function = getattr(function, "func", function)
    while function is not None:
        given = closure(function)
        if "request_body_schema" in given:
            versions = {"lowest": given["min_version"] or held[0], "highest": given["max_version"] or held[1]}
            yield {**place, **versions, "kind": "body", "schema": given["request_body_schema"]}
        function = getattr(function, "__wrapped__", None)


def closure(function: Any) -> dict[str, Any]:
    """The variables that a function has from around it."""
    code = getattr(function, "__code__", None)
    cells = getattr(function, "__closure__", None)
    return {name: cell.cell_contents for name, cell in zip(code.co_freevars, cells, strict=True)} if code and cells else {}


def text(version: Any) -> str:
    """A microversion as text, or nothing."""
    return str(version.get_string()) if version else ""


def accepts(kind: str, schema: Any, instance: Any) -> bool:
    """Cinder's own verdict."""
    validators = importlib.import_module("cinder.api.validation.validators")
    exception = importlib.import_module("cinder.exception")
    try:
        validators._SchemaValidator(schema).validate(instance)
    except (exception.CinderException, importlib.import_module("webob.exc").HTTPException):  # its formats raise their own
        return False
    return True
