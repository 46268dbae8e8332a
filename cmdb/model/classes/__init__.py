"""The classes of configuration items, one module a family; importing this registers them all."""

from cmdb.model.classes import compute, facility, hardware, network, services, software, storage, tenancy, work

__all__ = ["compute", "facility", "hardware", "network", "services", "software", "storage", "tenancy", "work"]
