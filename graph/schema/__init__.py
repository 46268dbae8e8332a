"""The GraphQL schema: one module for each domain."""

from graph.schema.build import build

__all__ = ["build"]
