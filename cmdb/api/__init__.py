"""The CMDB's REST API: one module for each topic; importing one declares its routes."""

from cmdb.api import (
    ansible,
    batches,
    cis,
    classes,
    duplicates,
    edits,
    export,
    health,
    history,
    impact,
    imports,
    prove,
    queries,
    redundancy,
    sync,
    tags,
)
from cmdb.api.context import Context, routes

__all__ = [
    "Context",
    "ansible",
    "batches",
    "cis",
    "classes",
    "duplicates",
    "edits",
    "export",
    "health",
    "history",
    "impact",
    "imports",
    "prove",
    "queries",
    "redundancy",
    "routes",
    "sync",
    "tags",
]
