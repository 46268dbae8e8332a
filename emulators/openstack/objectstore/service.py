"""The service's declaration."""

from __future__ import annotations

import html
from typing import Any, Final

from emulators.openstack.faults import TITLES, Fault
from emulators.openstack.service import Service


def swift(fault: Fault) -> Any:
    """Swift's body: a line of HTML."""
    return f"<html><h1>{TITLES.get(fault.status, 'Error')}</h1><p>{html.escape(fault.message, quote=False)}</p></html>"


OBJECT_STORE: Final = Service(
    name="swift",
    type="object-store",
    prefix="/object",
    base="/v1",
    wording=swift,
    title="OpenStack Object Storage API",
    classic_port=8080,
)
