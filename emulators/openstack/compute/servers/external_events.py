"""os-server-external-events: what Neutron and Cinder tell Nova.  They share one world here, so there is nothing to catch up with."""

from __future__ import annotations

from typing import Any, Final

from emulators.openstack.call import Call, Reply
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import Credentials
from emulators.openstack.faults import Fault
from emulators.openstack.schemas import UUID, closed
from emulators.openstack.service import Versioned

_NAMES: Final = ("network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted")


def _events(*names: str) -> dict[str, Any]:
    status = {"type": "string", "enum": ["failed", "completed", "in-progress"]}
    name = {"type": "string", "enum": [*_NAMES, *names]}
    fields = {"server_uuid": UUID, "name": name, "status": status, "tag": {"type": "string", "maxLength": 255}}
    item = closed(fields, "server_uuid", "name")
    return dict(closed({"events": {"type": "array", "minItems": 1, "items": item}}, "events"))


BODY: Final = Versioned(
    {
        "2.1-2.50": _events(),
        "2.51-2.75": _events("volume-extended"),
        "2.76-2.81": _events("volume-extended", "power-update"),
        "2.82-2.92": _events("volume-extended", "power-update", "accelerator-request-bound"),
        "2.93-": _events("volume-extended", "power-update", "accelerator-request-bound", "volume-reimaged"),
    }
)


def service(credentials: Credentials) -> bool:
    """The other services, and administrators."""
    return credentials.admin or "service" in credentials.roles


@COMPUTE.post("/os-server-external-events", body=BODY, rule=service)
async def external_events(call: Call) -> Reply:
    """Take events: 200 when all servers are known, 207 when some are, 404 when none is."""
    rows = [_row(call, event) for event in call.body["events"]]
    known = [row for row in rows if row["code"] == 200]  # noqa: PLR2004
    if not known:
        raise Fault(404, "No instances found for any event")
    return Reply({"events": rows}, status=200 if len(known) == len(rows) else 207)


def _row(call: Call, event: dict[str, Any]) -> dict[str, Any]:
    row = {"status": "completed", **event}
    found = call.state.maybe(NovaServer, event["server_uuid"])
    if found is None:
        return {**row, "status": "failed", "code": 404}
    return {**row, "code": 200} if found.host else {**row, "status": "failed", "code": 422}
