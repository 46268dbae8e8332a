"""The engine's OpenStack window: all services behind one address, at DevStack's paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dcsim.service import Address, Endpoint, Hint, Listener, ServiceContext
from emulators.conductor import Conductor
from emulators.openstack.app import OpenStackApp
from emulators.openstack.cloud import REGION, Cloud
from emulators.openstack.identity.service import IDENTITY
from emulators.openstack.services import load
from emulators.window import Window
from emulators.world.engine import World

ADMIN: Final = "admin"
PASSWORD: Final = "openstack-admin"  # noqa: S105 - the secret's name
SERVICES: Final = load()
"""Loaded with this module: a journal can only be read once the kinds of its records are known."""
_MAX_BODY: Final = 16 << 30
"""Images are uploaded in one request; JSON bodies have a limit of their own (`app.MAX_JSON`)."""


class OpenStack(Window):
    """``/identity``, ``/compute``, ``/networking``, ``/image``, ``/volume``, ``/placement`` and ``/object`` on one port."""

    def __init__(self, context: ServiceContext, world: World, conductor: Conductor) -> None:
        super().__init__(context, world, conductor)
        self.cloud = Cloud(context, world, conductor)
        self._app: OpenStackApp | None = None

    async def open(self) -> None:
        """Give the cloud what a fresh deployment has, and make the services ready."""
        for service in SERVICES:
            if service.seed is not None:
                service.seed(self.cloud)
        self._app = OpenStackApp(self.cloud, SERVICES, keystone_path=IDENTITY.prefix)

    async def close(self) -> None:
        """Let go of what the services hold."""
        for close in reversed(self.cloud.closing):
            await close()

    def listeners(self) -> Sequence[Listener]:
        """One, over HTTP as DevStack has it."""
        assert self._app is not None  # noqa: S101 - asked for after open
        port = self.context.settings.ports.openstack
        return [Listener("openstack", self._app.handle, port, "ports.openstack", max_body=_MAX_BODY, decompress=False)]

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """How to reach it with the openstack client: the administrator's variables."""
        address = addresses.get("openstack")
        if address is None:
            return ()
        password = self.context.secrets.password(PASSWORD)
        env = {
            "OS_AUTH_URL": f"{address.url}{IDENTITY.prefix}",
            "OS_USERNAME": ADMIN,
            "OS_PASSWORD": password,
            "OS_PROJECT_NAME": ADMIN,
            "OS_USER_DOMAIN_ID": "default",
            "OS_PROJECT_DOMAIN_ID": "default",
            "OS_IDENTITY_API_VERSION": "3",
            "OS_REGION_NAME": REGION,
        }
        hint = Hint("openstack", "openstack server list")
        return [Endpoint(name="openstack", url=address.url, user=ADMIN, password=password, hints=(hint,), env=env)]
