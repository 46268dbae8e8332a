"""A dc-sim whose VMs are containers on a given engine, for the figures that go through vSphere."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.vsphere.servers import Server, dcsim

SPARE_SUBNET = "10.248.0.0/24"
INVENTORY = """
sites: [{name: bench}]
hardware: {blade: {memory: 256GiB, dimms: 8, cores_per_socket: 32}}
ucs_domains: [{name: ucs, site: bench, chassis: [{slot: 1, blades: {1: blade, 2: blade}}]}]
arrays: [{name: array, site: bench, luns: {lun: 10TiB}}]
clusters: [{name: cluster, site: bench, hosts: {esx-1: ucs/1/1, esx-2: ucs/1/2}}]
datastores: [{name: store, site: bench, luns: [lun], clusters: [cluster]}]
networks: [{name: net, site: bench, cidr: SUBNET, clusters: [cluster]}]
vms:
  - {name: original, cluster: cluster, host: esx-1, datastore: store, networks: [net], disks: [1GiB], memory: 64MiB, cpus: 1, power: "off"}
""".replace("SUBNET", SPARE_SUBNET)


@contextlib.contextmanager
def container_datacenter(docker_host: str) -> Iterator[Server]:
    """Two hosts with one VM, which is off; every VM that is turned on gets a container of the tiny guest."""
    with tempfile.TemporaryDirectory(prefix="dcsim-bench-") as folder:
        inventory = Path(folder) / "inventory.yaml"
        inventory.write_text(INVENTORY)
        settings = {
            "DCSIM_WORLD__INVENTORY": str(inventory),
            "DCSIM_MACHINES__BACKEND": "docker",
            "DCSIM_MACHINES__CONTAINERS": "all",
            "DCSIM_MACHINES__DOCKER_HOST": docker_host,
        }
        with dcsim(1, data_dir=Path(folder) / "data", variables=settings) as server:
            yield server
