"""What happens to servers, as the world's events."""

from __future__ import annotations

from emulators.world.events import declare

SERVER_CREATED = declare("dcsim.compute.server.created", "A server was asked for")
SERVER_BOOTED = declare("dcsim.compute.server.booted", "A server became active for the first time")
SERVER_CHANGED = declare("dcsim.compute.server.changed", "What is kept of a server changed")
SERVER_TASK = declare("dcsim.compute.server.task_changed", "A server's task began")
SERVER_STATE = declare("dcsim.compute.server.state_changed", "A server came to another state")
SERVER_FAILED = declare("dcsim.compute.server.failed", "A server went to ERROR")
SERVER_DELETED = declare("dcsim.compute.server.deleted", "A server was deleted")
SERVER_REMEMBERED = declare("dcsim.compute.server.remembered", "A deleted server is kept for lists")
SERVER_FORGOTTEN = declare("dcsim.compute.server.forgotten", "A deleted server is kept no longer")
SERVER_MOVED = declare("dcsim.compute.server.moved", "A server came to another host")
BLOCK_DEVICE_ADDED = declare("dcsim.compute.block_device.added", "A volume is to be a server's")
BLOCK_DEVICE_CHANGED = declare("dcsim.compute.block_device.changed", "How a server has a volume changed")
BLOCK_DEVICE_REMOVED = declare("dcsim.compute.block_device.removed", "A volume is a server's no longer")
ACTION_STARTED = declare("dcsim.compute.instance_action.started", "An action on a server began")
ACTION_CHANGED = declare("dcsim.compute.instance_action.changed", "An action on a server got further")
ACTION_FORGOTTEN = declare("dcsim.compute.instance_action.forgotten", "An action on a server is kept no longer")
MIGRATION_STARTED = declare("dcsim.compute.migration.started", "A server began to move")
MIGRATION_CHANGED = declare("dcsim.compute.migration.changed", "A server's move got further")
MIGRATION_FORGOTTEN = declare("dcsim.compute.migration.forgotten", "A server's move is kept no longer")
