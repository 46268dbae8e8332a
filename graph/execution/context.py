"""What one GraphQL request works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dcsim.security.tokens import Claims
from graph.backends.caller import Caller
from graph.execution.loading import Loaders


@dataclass(slots=True)
class GraphContext:
    """The caller, and the way to the services on its behalf; made for each request."""

    claims: Claims
    services: Caller
    request_id: str = ""
    loaders: Loaders = field(default_factory=Loaders)
    parts: dict[str, Any] = field(default_factory=dict)
    """What single domains of the schema keep for the length of a request."""
