"""The declarations, one module a layer; importing this package registers them all."""

from cmdb.projection.kinds import compute, fabric, facility, hardware, networks, openstack, services, storage

__all__ = ["compute", "fabric", "facility", "hardware", "networks", "openstack", "services", "storage"]
