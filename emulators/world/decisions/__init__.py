"""What can be asked of the world and what follows: each module declares its commands, events and rules.  Importing this registers all."""

from emulators.world.decisions import (
    clock,
    components,
    hardware,
    hosts,
    machines,
    operations,
    plant,
    pools,
    power,
    profiles,
    racks,
    records,
    snapshots,
    timers,
    vms,
    worlds,
)

__all__ = [
    "clock",
    "components",
    "hardware",
    "hosts",
    "machines",
    "operations",
    "plant",
    "pools",
    "power",
    "profiles",
    "racks",
    "records",
    "snapshots",
    "timers",
    "vms",
    "worlds",
]
