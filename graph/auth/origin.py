"""Where a request came from, for sessions and the audit."""

from __future__ import annotations

import msgspec


class Origin(msgspec.Struct, frozen=True):
    """Address, client and id of a request, and who is behind it."""

    principal: str = "system"
    address: str = ""
    agent: str = ""
    request_id: str = ""
