"""Messages: why something that was accepted did not work."""

from __future__ import annotations

from emulators.openstack.volume import events
from emulators.openstack.volume.records import CinderMessage
from emulators.world.decide import Decision


def tell(d: Decision, project: str, resource_type: str, resource: str, code: str, text: str, request_id: str) -> None:
    """Leave a message for a project; ``code`` is action and detail, ``001_003``."""
    d.create(
        events.MESSAGE_CREATED,
        CinderMessage,
        uid=d.new_uuid(),
        name=f"VOLUME_{resource_type}_{code}",
        project=project,
        resource=resource,
        resource_type=resource_type,
        text=text,
        request_id=request_id,
    )
