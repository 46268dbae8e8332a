"""The vCenter endpoint as a window of the engine."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from types import ModuleType

from dcsim.service import Address, Endpoint, Hint, Listener, Worker
from emulators.vsphere import methods, views
from emulators.vsphere.accounts import Accounts
from emulators.vsphere.app import MAX_BODY, vsphere_app
from emulators.vsphere.call import Services
from emulators.vsphere.objects import Objects
from emulators.vsphere.properties.reader import Properties
from emulators.vsphere.records import bootstrap
from emulators.vsphere.sessions import Sessions
from emulators.window import Window

NAME = "vsphere"
USER = "administrator@vsphere.local"
SECRET = "vsphere-administrator"  # noqa: S105 - the name under which the password is kept


def register(package: ModuleType) -> None:
    """Import every module of a package: what they declare is then in force.  A new method or view needs no list to be edited."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)


class VSphere(Window):
    """vCenter Server: the Web Services API under /sdk."""

    _services: Services | None = None

    async def open(self) -> None:
        """Register methods and views, give the world its datacenters, and learn who may log in."""
        register(methods)
        register(views)
        bootstrap(self.world)
        objects = Objects(self.world)
        properties = Properties(self.world, objects)
        accounts = await Accounts.of_passwords(self.world.clock, {USER: self.context.secrets.password(SECRET)})
        self._services = Services(self.world, objects, properties, Sessions(properties), accounts)

    @property
    def services(self) -> Services:
        """What all calls share; only after ``open``."""
        if self._services is None:
            raise RuntimeError("the vSphere window is not open")
        return self._services

    def listeners(self) -> Sequence[Listener]:
        """One, over TLS."""
        return [
            Listener(
                NAME,
                vsphere_app(self.services),
                self.context.settings.ports.vsphere,
                "ports.vsphere",
                tls=True,
                path="/sdk",
                max_body=MAX_BODY,
            )
        ]

    def workers(self) -> Sequence[Worker]:
        """What ends idle sessions."""
        return [self.services.sessions]

    def endpoints(self, addresses: Mapping[str, Address]) -> Sequence[Endpoint]:
        """How pyvmomi and govc log in."""
        address = addresses[NAME]
        password = self.context.secrets.password(SECRET)
        connect = f"SmartConnect(host={address.host!r}, port={address.port}, user={USER!r}, pwd=os.environ['GOVC_PASSWORD'], disableSslCertValidation=True)"
        env = {"GOVC_URL": address.url, "GOVC_USERNAME": USER, "GOVC_PASSWORD": password, "GOVC_INSECURE": "1"}
        hints = (
            Hint("govc", "govc ls"),
            Hint("pyvmomi", f'python -c "import os; from pyVim.connect import SmartConnect; print({connect})"'),
        )
        return [Endpoint(name="vCenter (vSphere)", url=address.url, user=USER, password=password, hints=hints, env=env)]
