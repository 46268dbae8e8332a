"""What DevStack's Neutron has: an external network, the demo project's own behind a router, one for all, and a pool of subnets."""

from __future__ import annotations

from typing import Final

from emulators.openstack.asks import ask
from emulators.openstack.cloud import Cloud
from emulators.openstack.identity.face import project_named
from emulators.openstack.network import gateways, interfaces
from emulators.openstack.network.caller import ADMIN
from emulators.openstack.network.enforcement import Enforcement
from emulators.openstack.network.joining import Joining
from emulators.openstack.network.operations import make_resource
from emulators.openstack.network.records import NeutronNetwork, NeutronRouter
from emulators.openstack.network.service import NETWORK
from emulators.world.decide import Decision

PUBLIC: Final = "public"
PRIVATE: Final = "private"
SHARED: Final = "shared"
ROUTER: Final = "router1"
PUBLIC_CIDR: Final = "172.24.4.0/24"
PRIVATE_CIDR: Final = "10.0.0.0/26"
SHARED_CIDR: Final = "192.168.233.0/24"
POOL: Final = "shared-default-subnetpool-v4"
POOL_CIDR: Final = "10.0.0.0/22"
NAMESERVER: Final = "8.8.8.8"


def seed_network(cloud: Cloud) -> None:
    """Fill a new world, and have security groups and routers hold from now on."""
    cloud.part(Enforcement, cloud)
    joining = cloud.part(Joining, cloud)
    cloud.closing.append(joining.close)
    joining.take_up()
    if not cloud.state.count(NeutronNetwork):
        cloud.ask_now(bootstrap)


@ask
def bootstrap(decision: Decision) -> None:
    """Make DevStack's networks."""
    admin, demo = (_project(decision, name) for name in ("admin", "demo"))
    if not admin or not demo:
        return
    pool = make_resource(
        decision, "subnetpools", admin, name=POOL, prefixes=[POOL_CIDR], default_prefixlen=26, is_default=True, shared=True
    )
    public = make_resource(
        decision,
        "networks",
        admin,
        name=PUBLIC,
        is_default=True,
        **{"router:external": True, "provider:network_type": "flat", "provider:physical_network": "public"},
    )
    make_resource(
        decision,
        "subnets",
        admin,
        name="public-subnet",
        network_id=public,
        ip_version=4,
        cidr=PUBLIC_CIDR,
        gateway_ip="172.24.4.1",
        enable_dhcp=False,
        allocation_pools=[{"start": "172.24.4.2", "end": "172.24.4.254"}],
    )
    private = make_resource(decision, "networks", demo, name=PRIVATE)
    subnet = make_resource(
        decision, "subnets", demo, name="private-subnet", network_id=private, ip_version=4, cidr=PRIVATE_CIDR, subnetpool_id=pool
    )
    shared = make_resource(decision, "networks", admin, name=SHARED, shared=True)
    make_resource(decision, "subnets", admin, name="shared-subnet", network_id=shared, ip_version=4, cidr=SHARED_CIDR)
    router = make_resource(decision, "routers", demo, name=ROUTER)
    gateways.set_gateway(decision, ADMIN, decision.get(NeutronRouter, router), {"network_id": public}, "create_router")
    interfaces.add_interface(decision, caller=ADMIN, uid=router, asked={"subnet_id": subnet})


def _project(decision: Decision, name: str) -> str:
    found = project_named(decision.state, name)
    return found.uid if found is not None else ""


NETWORK.seed = seed_network
