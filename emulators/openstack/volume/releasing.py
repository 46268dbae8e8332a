"""Who may let go of an attachment: what a server uses is for Nova to detach (cinder.volume.api.attachment_deletion_allowed)."""

from __future__ import annotations

from collections.abc import Iterable

from emulators.openstack.call import Call
from emulators.openstack.compute import face as compute
from emulators.openstack.faults import Fault
from emulators.openstack.volume.records import CinderAttachment

SERVICE_TOKEN = "X-Service-Token"  # noqa: S105 - a header's name


def require_unused(call: Call, attachments: Iterable[CinderAttachment]) -> None:
    """Raise Fault 409 when a server has a volume by one of the attachments, unless another service asks in the caller's name."""
    if _by_service(call):
        return
    for one in attachments:
        if one.server and compute.uses_attachment(call.state, one.server, one.volume, one.uid):
            raise Fault(409, f"Detach volume from instance {one.server} using the Compute API")


def _by_service(call: Call) -> bool:
    token = call.request.headers.get(SERVICE_TOKEN, "")
    asking = call.cloud.authenticator.authenticate(token) if token else None
    return asking is not None and "service" in asking.roles
