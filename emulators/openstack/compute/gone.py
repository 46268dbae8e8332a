"""What Nova once had and answers 410 to: nova-network, cells, agents, certificates, cloudpipe, bare metal."""

from __future__ import annotations

from typing import Final

from emulators.openstack.call import Call
from emulators.openstack.compute.service import COMPUTE
from emulators.openstack.credentials import anyone
from emulators.openstack.faults import Fault

_ONE: Final = "GET POST PUT DELETE"
GONE: Final = {
    "/os-agents": "GET POST",
    "/os-agents/{id}": "PUT DELETE",
    "/os-cells": "GET POST",
    "/os-cells/{id}": "GET PUT DELETE",
    "/os-cells/{id}/capacities": "GET",
    "/os-cells/sync_instances": "POST",
    "/os-certificates": "POST",
    "/os-certificates/{id}": "GET",
    "/os-cloudpipe": "GET POST",
    "/os-cloudpipe/{id}": "PUT",
    "/os-fixed-ips/{id}": "GET",
    "/os-fixed-ips/{id}/action": "POST",
    "/os-floating-ip-dns": "GET",
    "/os-floating-ip-dns/{id}": "PUT DELETE",
    "/os-floating-ip-dns/{domain}/entries/{id}": "GET PUT DELETE",
    "/os-floating-ips-bulk": "GET POST",
    "/os-floating-ips-bulk/{id}": "GET PUT",
    "/os-fping": "GET",
    "/os-fping/{id}": "GET",
    "/os-security-group-default-rules": "GET POST",
    "/os-security-group-default-rules/{id}": "GET DELETE",
    "/os-baremetal-nodes": "GET POST",
    "/os-baremetal-nodes/{id}": "GET DELETE",
    "/os-baremetal-nodes/{id}/action": "POST",
    "/os-networks/add": "POST",
    "/os-networks/{id}/action": "POST",
    "/servers/{server_id}/consoles": "GET POST",
    "/servers/{server_id}/consoles/{id}": "GET DELETE",
    "/servers/{server_id}/os-virtual-interfaces": "GET",
}


async def gone(call: Call) -> None:
    """It is no more; raises Fault 410."""
    raise Fault(410, "This resource is no longer available. No forwarding address is given.")


for _path, _methods in GONE.items():
    for _method in _methods.split():
        COMPUTE.operation(_method, _path, rule=anyone, raw=True, quality="faults")(gone)
