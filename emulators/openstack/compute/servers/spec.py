"""What a request for servers says, as data for the decision that makes them."""

from __future__ import annotations

import msgspec

from emulators.openstack.compute.servers.devices import WantedDevice
from emulators.openstack.compute.servers.records import FlavorOf
from emulators.openstack.network.face import WantedPort


class ServerSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of server, ``least`` to ``most`` of them.

    ``networks`` None: nobody said which.  ``admin_pass`` is sealed (`passwords`), ``host`` the name of a host that is forced,
    ``pinned`` the zone that was asked for.
    """

    name: str
    project: str
    user: str
    admin: bool = False
    flavor: FlavorOf
    image: str = ""
    image_properties: dict[str, str] = msgspec.field(default_factory=dict)
    least: int = 1
    most: int = 1
    networks: tuple[WantedPort, ...] | None = None
    auto: bool = False
    security_groups: tuple[str, ...] = ()
    devices: tuple[WantedDevice, ...] = ()
    key_name: str = ""
    key_data: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    description: str | None = None
    hostname: str = ""
    config_drive: bool = False
    disk_config: str = "MANUAL"
    access_ipv4: str = ""
    access_ipv6: str = ""
    user_data: str = ""
    admin_pass: str = ""
    tags: tuple[str, ...] = ()
    trusted_certs: tuple[str, ...] | None = None
    pinned: str = ""
    host: str = ""
    group: str = ""
    hints: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
