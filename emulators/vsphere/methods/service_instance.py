"""ServiceInstance: where every client begins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pyVmomi import vim

from emulators.vsphere.call import Call, method
from emulators.vsphere.objects import SINGLETONS, Singleton
from emulators.vsphere.properties.table import prop
from emulators.vsphere.properties.view import View
from emulators.vsphere.records import ROOT
from emulators.vsphere.views import about


def service_content(view: View) -> vim.ServiceInstanceContent:
    """The root folder, the product, and every manager that exists here."""
    content = vim.ServiceInstanceContent(rootFolder=view.ref(ROOT), about=about.vcenter(view.state))
    for one in SINGLETONS.values():
        if one.content:
            setattr(content, one.content, view.ref(one))
    return content


@prop(vim.ServiceInstance, "content")
def content_property(view: View, _instance: Singleton) -> vim.ServiceInstanceContent:
    """As RetrieveServiceContent answers."""
    return service_content(view)


@prop(vim.ServiceInstance, "serverClock")
def server_clock(view: View, _instance: Singleton) -> datetime:
    """The time now."""
    view.volatile(0)
    return view.now


@prop(vim.ServiceInstance, "capability")
def capability(_view: View, _instance: Singleton) -> vim.Capability:
    """What this vCenter can do."""
    return vim.Capability(
        provisioningSupported=True,
        multiHostSupported=True,
        userShellAccessSupported=False,
        supportedEVCMode=[],
        supportedEVCGraphicsMode=[],
        networkBackupAndRestoreSupported=False,
        ftDrsWithoutEvcSupported=False,
        hciWorkflowSupported=False,
        computePolicyVersion=0,
        clusterPlacementSupported=True,
        lifecycleManagementSupported=False,
        hostSeedingSupported=False,
        scalableSharesSupported=False,
        hadcsSupported=False,
        configMgmtSupported=False,
    )


@method(vim.ServiceInstance, "RetrieveServiceContent", quality="client")
async def retrieve_service_content(call: Call) -> vim.ServiceInstanceContent:
    """The service content; anyone may ask."""
    return service_content(call.view)


@method(vim.ServiceInstance, "CurrentTime", quality="client")
async def current_time(call: Call) -> datetime:
    """The time of the datacenter's clock."""
    return call.world.clock.now()


@method(vim.ServiceInstance, "RetrieveProductComponents")
async def retrieve_product_components(_call: Call) -> list[Any]:
    """The client components that vCenter could install: none are offered here."""
    return []
