"""/v3/OS-REVOKE/events: the tokens that were revoked and have not expired since."""

from __future__ import annotations

from typing import Any

from emulators.openstack.call import Call
from emulators.openstack.credentials import anyone
from emulators.openstack.identity.access_model import Revocation
from emulators.openstack.identity.policy import allow
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.times import micro_zulu


@IDENTITY.get("/OS-REVOKE/events", rule=anyone)
async def list_revoke_events(call: Call) -> dict[str, Any]:
    """Every revocation, by the token's audit id."""
    if "service" not in call.credentials.roles:
        allow(call)
    events = [{"audit_id": one.name, "issued_before": micro_zulu(one.created)} for one in call.state.all(Revocation)]
    return {"events": events, "links": {"next": None, "previous": None, "self": call.link("/OS-REVOKE/events")}}
