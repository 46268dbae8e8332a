"""Makes a server by openstacksdk and leaves it there; prints its id as JSON."""

import json
import sys

import openstack

cloud = openstack.connect()
network = cloud.create_network("sdk-made-net")
cloud.create_subnet("sdk-made-net", cidr="10.68.0.0/24")
image = cloud.get_image("cirros-0.6.3-x86_64-disk")
server = cloud.create_server(
    "sdk-made", image=image, flavor=cloud.get_flavor("m1.tiny"), network=network, wait=True, timeout=60, auto_ip=False
)
sys.stdout.write(json.dumps({"id": server.id}))
