"""What openstacksdk's cloud layer finds, makes, waits for and removes; prints what it saw as JSON."""

import json
import sys

import openstack

cloud = openstack.connect()
seen: dict[str, object] = {}
seen["project"] = cloud.current_project.name
seen["services"] = sorted({service["type"] for service in cloud.list_services()})
network = cloud.create_network("sdk-net")
subnet = cloud.create_subnet("sdk-net", cidr="10.67.0.0/24", subnet_name="sdk-subnet")
image = cloud.get_image("cirros-0.6.3-x86_64-disk")
flavor = cloud.get_flavor("m1.tiny")
server = cloud.create_server("sdk-server", image=image, flavor=flavor, network=network, wait=True, timeout=60, auto_ip=False)
seen["server"] = {"status": server.status, "addresses": {name: len(found) for name, found in server.addresses.items()}}
volume = cloud.create_volume(1, name="sdk-volume", wait=True)
cloud.attach_volume(server, volume, wait=True)
seen["volume"] = cloud.block_storage.get_volume(volume.id).status
cloud.detach_volume(server, volume, wait=True)
seen["found"] = [one.name for one in cloud.search_servers(filters={"name": "sdk-server"})]
cloud.compute.stop_server(server)
cloud.compute.wait_for_server(cloud.compute.get_server(server.id), status="SHUTOFF", wait=60)
seen["stopped"] = cloud.compute.get_server(server.id).status
seen["limits"] = cloud.get_compute_limits().total_instances_used
seen["hypervisors"] = len(cloud.list_hypervisors())
cloud.delete_server("sdk-server", wait=True)
cloud.delete_volume("sdk-volume", wait=True)
cloud.delete_network("sdk-net")
seen["left"] = [one.name for one in [*cloud.list_servers(), *cloud.list_volumes(), *cloud.list_networks()] if one.name.startswith("sdk-")]
sys.stdout.write(json.dumps(seen))
