"""Placement: which of its schemas its handlers hold requests to, by microversion."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

PROVIDER = "/resource_providers/{uuid}"
Versions = tuple[tuple[str, str], ...]
PLACES: tuple[tuple[str, str, str, str, Versions], ...] = (
    (
        "POST",
        "/resource_providers",
        "body",
        "resource_provider",
        (("1.0", "POST_RESOURCE_PROVIDER_SCHEMA"), ("1.14", "POST_RP_SCHEMA_V1_14")),
    ),
    ("PUT", PROVIDER, "body", "resource_provider", (("1.0", "PUT_RESOURCE_PROVIDER_SCHEMA"), ("1.14", "PUT_RP_SCHEMA_V1_14"))),
    ("POST", f"{PROVIDER}/inventories", "body", "inventory", (("1.0", "POST_INVENTORY_SCHEMA"),)),
    ("PUT", f"{PROVIDER}/inventories", "body", "inventory", (("1.0", "PUT_INVENTORY_SCHEMA"),)),
    ("PUT", f"{PROVIDER}/inventories/{{resource_class}}", "body", "inventory", (("1.0", "BASE_INVENTORY_SCHEMA"),)),
    (
        "PUT",
        f"{PROVIDER}/aggregates",
        "body",
        "aggregate",
        (("1.1", "PUT_AGGREGATES_SCHEMA_V1_1"), ("1.19", "PUT_AGGREGATES_SCHEMA_V1_19")),
    ),
    ("PUT", f"{PROVIDER}/traits", "body", "trait", (("1.6", "SET_TRAITS_FOR_RP_SCHEMA"),)),
    ("POST", "/resource_classes", "body", "resource_class", (("1.2", "POST_RC_SCHEMA_V1_2"),)),
    (
        "PUT",
        "/allocations/{consumer_uuid}",
        "body",
        "allocation",
        (
            ("1.0", "ALLOCATION_SCHEMA"),
            ("1.8", "ALLOCATION_SCHEMA_V1_8"),
            ("1.12", "ALLOCATION_SCHEMA_V1_12"),
            ("1.28", "ALLOCATION_SCHEMA_V1_28"),
            ("1.34", "ALLOCATION_SCHEMA_V1_34"),
            ("1.38", "ALLOCATION_SCHEMA_V1_38"),
        ),
    ),
    (
        "POST",
        "/allocations",
        "body",
        "allocation",
        (
            ("1.13", "POST_ALLOCATIONS_V1_13"),
            ("1.28", "POST_ALLOCATIONS_V1_28"),
            ("1.34", "POST_ALLOCATIONS_V1_34"),
            ("1.38", "POST_ALLOCATIONS_V1_38"),
        ),
    ),
    (
        "POST",
        "/reshaper",
        "body",
        "reshaper",
        (("1.30", "POST_RESHAPER_SCHEMA"), ("1.34", "POST_RESHAPER_SCHEMA_V1_34"), ("1.38", "POST_RESHAPER_SCHEMA_V1_38")),
    ),
    (
        "GET",
        "/resource_providers",
        "query",
        "resource_provider",
        (
            ("1.0", "GET_RPS_SCHEMA_1_0"),
            ("1.3", "GET_RPS_SCHEMA_1_3"),
            ("1.4", "GET_RPS_SCHEMA_1_4"),
            ("1.14", "GET_RPS_SCHEMA_1_14"),
            ("1.18", "GET_RPS_SCHEMA_1_18"),
        ),
    ),
)
"""Method, path, kind, the module of ``placement.schemas``, and its schemas with the microversion from which each is in force."""


def entries(_configuration: str) -> Iterator[dict[str, Any]]:
    """The schemas of requests."""
    for method, path, kind, module, versions in PLACES:
        schemas = importlib.import_module(f"placement.schemas.{module}")
        ends = [before(lowest) for lowest, _ in versions[1:]]
        for (lowest, name), highest in zip(versions, [*ends, ""], strict=True):
            place = {"method": method, "path": path, "action": "", "lowest": lowest, "highest": highest}
            yield {**place, "kind": kind, "schema": getattr(schemas, name)}


def before(version: str) -> str:
    """The microversion before one."""
    major, minor = version.split(".")
    return f"{major}.{int(minor) - 1}"


def accepts(kind: str, schema: Any, instance: Any) -> bool:
    """Placement's own verdict on a body; of a query's values it takes the last."""
    jsonschema = importlib.import_module("jsonschema")
    checker = importlib.import_module("placement.util")._FORMAT_CHECKER
    if kind == "query":
        instance = {name: values[-1] if isinstance(values, list) and values else values for name, values in instance.items()}
    try:
        jsonschema.validate(instance, schema, format_checker=checker)
    except jsonschema.ValidationError:
        return False
    return True
