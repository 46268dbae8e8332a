"""Which operations of the APIs clients have called with success, as the engine counts them."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Mapping

_LINE = re.compile(r'dcsim_api_operations_total\{api="([^"]*)",operation="([^"]*)",outcome="done"\} ')
DEADLINE = 30


def called(environment: Mapping[str, str]) -> frozenset[str]:
    """``compute GET /v2.1/servers`` and so on, of the datacenter that the variables tell of."""
    with urllib.request.urlopen(f"{environment['DCSIM_URL']}/metrics", timeout=DEADLINE) as answer:  # noqa: S310 - our own
        text = answer.read().decode()
    return frozenset(f"{api} {operation}" for api, operation in _LINE.findall(text))
