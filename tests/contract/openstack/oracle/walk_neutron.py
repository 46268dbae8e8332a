"""Neutron: the attributes of its resources, by the extensions that a deployment has.

Neutron has no JSON schemas: a "schema" here is which resource, whether it is created or changed, and its attributes.
"""

from __future__ import annotations

import copy
import importlib
import os
import pkgutil
from collections.abc import Iterator
from typing import Any

CORE = ("network", "subnet", "port", "subnetpool")
EXTENSIONS = tuple(os.environ.get("NEUTRON_EXTENSIONS", "external-net router security-group").split())
"""What the deployment that is asked has."""
IN_NEUTRON = ("rbac", "securitygroup")
"""Extensions that Neutron defines itself, not in its library."""


def entries(configuration: str) -> Iterator[dict[str, Any]]:
    """Creating and changing one of every resource."""
    importlib.import_module("neutron.common.config").register_common_config_options()
    importlib.import_module("oslo_config.cfg").CONF([], project="neutron", default_config_files=[configuration])
    for collection, attributes in resources().items():
        path = f"/{collection.replace('_', '-')}"
        resource = singular(collection)
        for method, place, create in (("POST", path, True), ("PUT", f"{path}/{{{resource}_id}}", False)):
            told = {"resource": resource, "create": create, "attributes": {name: shown(given) for name, given in attributes.items()}}
            where = {"method": method, "path": place, "action": "", "lowest": "", "highest": ""}
            yield {**where, "kind": "body", "schema": told}


def resources() -> dict[str, dict[str, Any]]:
    """Collections with their attributes, as the extensions together have them."""
    found: dict[str, dict[str, Any]] = {}
    own = [importlib.import_module(f"neutron.extensions.{name}") for name in IN_NEUTRON]
    maps = [definition.RESOURCE_ATTRIBUTE_MAP for definition in (*own, *sorted(definitions(), key=lambda one: one.ALIAS not in CORE))]
    maps += [getattr(definition, "EXTENDED_ATTRIBUTES_2_0", {}) for definition in own]
    for collection, attributes in (item for one in maps for item in one.items()):
        found.setdefault(collection, {}).update(copy.deepcopy(attributes))
    for collection, attributes in described().items():
        if collection in found:
            found[collection].update(attributes)
    return {collection: attributes for collection, attributes in found.items() if "id" in attributes}


def described() -> dict[str, dict[str, Any]]:
    """The description that every resource with standard attributes has, as its models say."""
    importlib.import_module("neutron.db.migration.models.head")
    body = importlib.import_module("neutron.extensions.standardattrdescription").DESCRIPTION_BODY
    found: dict[str, dict[str, Any]] = importlib.import_module("neutron.extensions.stdattrs_common").stdattrs_extended_resources(body)
    return copy.deepcopy(found)


def definitions() -> Iterator[Any]:
    """The library's definitions of the core and of the extensions that are had."""
    package = importlib.import_module("neutron_lib.api.definitions")
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        if getattr(module, "ALIAS", None) in {*CORE, *EXTENSIONS} and getattr(module, "RESOURCE_ATTRIBUTE_MAP", None):
            yield module


def singular(collection: str) -> str:
    """One of a collection."""
    return f"{collection[:-3]}y" if collection.endswith("ies") else collection.removesuffix("s")


def shown(attribute: dict[str, Any]) -> dict[str, Any]:
    """What of an attribute can be written as JSON."""
    plain = ("allow_post", "allow_put", "is_visible", "validate", "default")
    return {name: attribute[name] if isinstance(attribute[name], bool) else str(attribute[name]) for name in plain if name in attribute}


def accepts(_kind: str, schema: Any, instance: Any) -> bool:
    """The verdict of the code that prepares Neutron's requests, for an administrator."""
    base = importlib.import_module("neutron.api.v2.base")
    context = importlib.import_module("neutron_lib.context").get_admin_context()
    context.project_id = "0" * 32
    webob = importlib.import_module("webob.exc")
    library = importlib.import_module("neutron_lib.exceptions")
    collection = next(name for name in _resources() if singular(name) == schema["resource"])
    attributes = _resources()[collection]
    try:
        base.Controller.prepare_request_body(context, instance, schema["create"], schema["resource"], attributes, allow_bulk=True)
    except (webob.HTTPException, library.NeutronException):
        return False
    return True


_known: dict[str, dict[str, Any]] = {}


def _resources() -> dict[str, dict[str, Any]]:
    if not _known:
        _known.update(resources())
    return _known
