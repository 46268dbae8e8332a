"""What happens in the object store."""

from __future__ import annotations

from emulators.world.events import declare

ACCOUNT_CREATED = declare("dcsim.objects.account.created", "An account of the object store was first used")
ACCOUNT_CHANGED = declare("dcsim.objects.account.changed", "What is said of an account changed")
ACCOUNT_DELETED = declare("dcsim.objects.account.deleted", "An account of the object store was deleted")
CONTAINER_CREATED = declare("dcsim.objects.container.created", "A container was made")
CONTAINER_CHANGED = declare("dcsim.objects.container.changed", "What is said of a container, or what is in it, changed")
CONTAINER_DELETED = declare("dcsim.objects.container.deleted", "A container was deleted")
OBJECT_CREATED = declare("dcsim.objects.object.created", "An object was stored")
OBJECT_CHANGED = declare("dcsim.objects.object.changed", "An object was replaced, or what is said of it changed")
OBJECT_DELETED = declare("dcsim.objects.object.deleted", "An object was deleted")
