"""The engine's vSphere window: one vCenter over the world."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from dcsim.service import Address, Endpoint, Hint, Listener, ServiceContext, Worker
from emulators.conductor import Conductor
from emulators.vsphere import inventory, methods, singletons, views  # noqa: F401 - importing declares what there is
from emulators.vsphere.accounts import Accounts
from emulators.vsphere.app import vsphere_app
from emulators.vsphere.call import Services
from emulators.vsphere.loading import load_package
from emulators.vsphere.objects import Objects
from emulators.vsphere.properties.reader import Properties
from emulators.vsphere.records import bootstrap
from emulators.vsphere.rest import routes
from emulators.vsphere.sessions import Sessions
from emulators.window import Rest, Window
from emulators.world.engine import World

ADMINISTRATOR = "administrator@vsphere.local"
WELL_KNOWN = "VMware1!"
"""The administrator's password in demo mode."""
NAME = "vsphere"
_MAX_BODY = 1 << 40  # the application has its own limit, and answers what exceeds it with a fault


def load() -> None:
    """Import every module that registers properties or methods."""
    load_package(views)
    load_package(methods)


async def open_vcenter(world: World, passwords: Mapping[str, str]) -> Services:
    """A vCenter over a world, for users (``administrator@vsphere.local``) with their passwords in the clear."""
    async with asyncio.TaskGroup() as group:
        hashing = group.create_task(Accounts.of_passwords(world.clock, passwords))
        await asyncio.sleep(0)  # passwords are hashed in threads while this one loads
        load()
        bootstrap(world)
        objects = Objects(world)
        objects.prepare()
        properties = Properties(world, objects)
    return Services(world=world, objects=objects, properties=properties, sessions=Sessions(properties), accounts=hashing.result())


def close_vcenter(services: Services) -> None:
    """End all sessions and stop following the world."""
    services.sessions.close()
    services.properties.close()
    services.objects.close()


class VSphere(Window):
    """vCenter at ``/sdk``, over TLS."""

    def __init__(self, context: ServiceContext, world: World, conductor: Conductor) -> None:
        super().__init__(context, world, conductor)
        self.services: Services | None = None
        self._password = ""

    async def open(self) -> None:
        """Make the datacenters that sites need, and let the administrator in."""
        self._password = self.context.secrets.password("vsphere/administrator", well_known=WELL_KNOWN)
        self.services = await open_vcenter(self.world, {ADMINISTRATOR: self._password})

    async def close(self) -> None:
        """End all sessions."""
        if self.services is not None:
            close_vcenter(self.services)

    def listeners(self) -> Sequence[Listener]:
        """One, with TLS."""
        if self.services is None:
            return ()
        handler = vsphere_app(self.services)
        port = self.context.settings.ports.vsphere
        return (Listener(NAME, handler, port, "ports.vsphere", tls=True, path="/sdk", max_body=_MAX_BODY),)

    def rest(self) -> Sequence[Rest]:
        """What is done to hosts, as JSON."""
        return [Rest(routes, self.world)]

    def workers(self) -> Sequence[Worker]:
        """What ends idle sessions."""
        return () if self.services is None else (self.services.sessions,)

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """How to reach it with govc and pyVmomi."""
        address = addresses.get(NAME)
        return () if address is None else (self._endpoint(address),)

    def _endpoint(self, address: Address) -> Endpoint:
        url = f"https://{address.netloc}/sdk"
        connect = f"SmartConnect(host='{address.host}', port={address.port}, user='{ADMINISTRATOR}', pwd=os.environ['GOVC_PASSWORD'], "
        connect += "disableSslCertValidation=True)"
        env = {"GOVC_URL": url, "GOVC_USERNAME": ADMINISTRATOR, "GOVC_PASSWORD": self._password, "GOVC_INSECURE": "1"}
        return Endpoint(
            name=NAME,
            url=url,
            user=ADMINISTRATOR,
            password=self._password,
            hints=(Hint("govc", "govc ls"), Hint("pyvmomi", connect)),
            env=env,
            health=f"{url}/vimServiceVersions.xml",
        )
