"""The singletons that the core itself answers for; other modules declare theirs beside their properties and methods."""

from __future__ import annotations

from typing import Final

from pyVmomi import vim, vmodl

from emulators.vsphere.objects import singleton

SERVICE_INSTANCE: Final = singleton(vim.ServiceInstance, "ServiceInstance")
PROPERTY_COLLECTOR: Final = singleton(vmodl.query.PropertyCollector, "propertyCollector", content="propertyCollector")
SESSION_MANAGER: Final = singleton(vim.SessionManager, "SessionManager", content="sessionManager")
VIEW_MANAGER: Final = singleton(vim.view.ViewManager, "ViewManager", content="viewManager")
SEARCH_INDEX: Final = singleton(vim.SearchIndex, "SearchIndex", content="searchIndex")
OPTION_MANAGER: Final = singleton(vim.option.OptionManager, "VpxSettings", content="setting")
LICENSE_MANAGER: Final = singleton(vim.LicenseManager, "LicenseManager", content="licenseManager")
