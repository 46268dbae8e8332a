"""The CMDB's REST API: one module for each topic; importing one declares its routes."""

from cmdb.api import ansible, cis, export, history, impact, prove, sync
from cmdb.api.context import Context, routes

__all__ = ["Context", "ansible", "cis", "export", "history", "impact", "prove", "routes", "sync"]
