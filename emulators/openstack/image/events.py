"""What happens to images."""

from __future__ import annotations

from emulators.world.events import declare

IMAGE_CREATED = declare("dcsim.image.image.created", "An image was registered")
IMAGE_CHANGED = declare("dcsim.image.image.changed", "An image's description, members' view or state changed")
IMAGE_ACTIVATED = declare("dcsim.image.image.activated", "An image got its bytes and can be booted")
IMAGE_DELETED = declare("dcsim.image.image.deleted", "An image was deleted")
GUEST_IMAGE_ADDED = declare("dcsim.image.guest.added", "Machines can be made from another guest image")
GUEST_IMAGE_REMOVED = declare("dcsim.image.guest.removed", "A guest image is no longer offered")
MEMBER_ADDED = declare("dcsim.image.member.added", "An image was offered to a project")
MEMBER_CHANGED = declare("dcsim.image.member.changed", "A project took or refused an image")
MEMBER_REMOVED = declare("dcsim.image.member.removed", "An image is no longer offered to a project")
TASK_CREATED = declare("dcsim.image.task.created", "An import began")
TASK_CHANGED = declare("dcsim.image.task.changed", "An import got further")
NAMESPACE_CREATED = declare("dcsim.image.namespace.created", "A namespace of metadata definitions was made")
NAMESPACE_CHANGED = declare("dcsim.image.namespace.changed", "Metadata definitions changed")
NAMESPACE_DELETED = declare("dcsim.image.namespace.deleted", "A namespace of metadata definitions was deleted")
