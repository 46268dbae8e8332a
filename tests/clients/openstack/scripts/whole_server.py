"""Servers with all that people hang on them, made by openstacksdk; prints the ids of what was made as JSON.

Told ``delete``, it deletes them.
"""

import json
import sys

import openstack

NAME = "joined"


def made(cloud: openstack.connection.Connection) -> dict:
    """Three servers on a network behind a router; the first has a volume with a snapshot, and a floating IP."""
    network = cloud.network.create_network(name=NAME)
    subnet = cloud.network.create_subnet(network_id=network.id, name=NAME, cidr="10.250.7.0/24", ip_version=4)
    outside = next(one for one in cloud.network.networks() if one.is_router_external)
    router = cloud.network.create_router(name=NAME, external_gateway_info={"network_id": outside.id})
    cloud.network.add_interface_to_router(router, subnet_id=subnet.id)
    image = cloud.image.find_image("cirros-0.6.3-x86_64-disk")
    flavor = cloud.compute.find_flavor("m1.tiny")
    wanted = {"image_id": image.id, "flavor_id": flavor.id, "networks": [{"uuid": network.id}]}
    servers = [cloud.compute.create_server(name=f"{NAME}-{number}", **wanted) for number in range(3)]
    servers = [cloud.compute.wait_for_server(one, interval=0.2) for one in servers]
    volume = cloud.block_storage.create_volume(name=NAME, size=1)
    cloud.block_storage.wait_for_status(volume, "available", interval=0.2)
    cloud.compute.create_volume_attachment(servers[0], volume_id=volume.id)
    snapshot = cloud.block_storage.create_snapshot(volume_id=volume.id, name=NAME, force=True)
    ports = [next(iter(cloud.network.ports(device_id=one.id))) for one in servers]
    floating = cloud.network.create_ip(floating_network_id=outside.id, port_id=ports[0].id)
    return {
        "servers": [one.id for one in servers],
        "ports": [one.id for one in ports],
        "macs": [one.mac_address for one in ports],
        "addresses": [one.fixed_ips[0]["ip_address"] for one in ports],
        "groups": ports[0].security_group_ids,
        "network": network.id,
        "subnet": subnet.id,
        "router": router.id,
        "image": image.id,
        "flavor": flavor.id,
        "volume": volume.id,
        "snapshot": snapshot.id,
        "floating": floating.floating_ip_address,
        "project": cloud.current_project_id,
    }


def delete(cloud: openstack.connection.Connection) -> None:
    """All of it."""
    servers = list(cloud.compute.servers(name=f"^{NAME}-"))
    for one in servers:
        cloud.compute.delete_server(one)
    for one in servers:
        cloud.compute.wait_for_delete(one, interval=0.2)
    for snapshot in cloud.block_storage.snapshots(name=NAME):
        cloud.block_storage.delete_snapshot(snapshot)
        cloud.block_storage.wait_for_delete(snapshot, interval=0.2)
    for volume in cloud.block_storage.volumes(name=NAME):
        cloud.block_storage.delete_volume(volume)
    router = cloud.network.find_router(NAME)
    for address in cloud.network.ips(router_id=router.id):
        cloud.network.delete_ip(address)
    cloud.network.remove_interface_from_router(router, subnet_id=cloud.network.find_subnet(NAME).id)
    cloud.network.delete_router(router)
    cloud.network.delete_network(cloud.network.find_network(NAME))


if __name__ == "__main__":
    connected = openstack.connect()
    if sys.argv[1:] == ["delete"]:
        delete(connected)
    else:
        json.dump(made(connected), sys.stdout)
