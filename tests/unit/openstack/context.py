"""A service context without a supervisor."""

from __future__ import annotations

from pathlib import Path

from dcsim.bus import Bus
from dcsim.clock import SimulatedClock
from dcsim.security.tokens import Tokens
from dcsim.service import ServiceContext
from dcsim.settings import Ports, Settings
from dcsim.supervisor import make_secrets, make_tls
from dcsim.telemetry import Telemetry


def service_context(folder: Path, clock: SimulatedClock) -> ServiceContext:
    """What the kernel would give a service with its data in a folder."""
    settings = Settings(data_dir=folder, ports=Ports(engine=0, openstack=0))
    secrets = make_secrets(settings)
    return ServiceContext(
        settings=settings, clock=clock, bus=Bus(), secrets=secrets, tls=make_tls(settings), tokens=Tokens(secrets), telemetry=Telemetry()
    )
