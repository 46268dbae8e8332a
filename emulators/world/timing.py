"""How long things take, in simulated seconds, by timing profile."""

from __future__ import annotations

TIMING_FACTOR: dict[str, float] = {"instant": 0.0, "demo": 0.1, "realistic": 1.0}
"""Every duration in this project is written as it is in a real datacenter and multiplied by this."""

HOST_DETECTION_SECONDS = 30.0
HOST_BOOT_SECONDS = 180.0
HA_RESTART_SECONDS = 15.0
CHASSIS_DISCOVERY_SECONDS = 120.0
BLADE_DISCOVERY_SECONDS = 300.0
