"""Nova itself, asked in its own process: no socket, no token to check, no Neutron to wait for; SQLite as its databases, one cell.

Run by the environment that has nova: ``python nova_peer.py FLAVORS SERVERS`` (JSON: id, name, vCPUs, MiB, GiB of each flavor; a number)
answers every line ``PATH TIMES`` of its standard input with the milliseconds of wall clock and CPU that one of so many requests took and
the bytes of an answer, as JSON.  Its first line says the id of a server.
"""

from __future__ import annotations

import datetime
import importlib
import json
import os
import shutil
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
OK = 200
USER, PROJECT = "u" * 32, "p" * 32
HOST = "compute-1"


def prepare(folder: Path, flavors: list[list[Any]], servers: int) -> tuple[Any, str]:
    """Nova's application over fresh databases with these flavors and so many servers; the id of one of those."""
    configuration = folder / "nova.conf"
    databases = f"[database]\nconnection=sqlite:///{folder}/cell.db\n[api_database]\nconnection=sqlite:///{folder}/api.db\n"
    configuration.write_text(f"[DEFAULT]\nhost={HOST}\nstate_path={folder}\ntransport_url=fake://\n{databases}")
    importlib.import_module("nova.config")  # registers what oslo's libraries need
    settings = importlib.import_module("nova.conf").CONF
    settings([], project="nova", default_config_files=[str(configuration)])
    for kind in ("api", "main"):
        importlib.import_module(f"nova.db.{kind}.api").configure(settings)
        importlib.import_module("nova.db.migration").db_sync(database=kind)
    importlib.import_module("nova.rpc").init(settings)
    objects = importlib.import_module("nova.objects")
    objects.register_all()
    administrator = importlib.import_module("nova.context").get_admin_context()
    for uid, name, vcpus, ram, disk in flavors:
        sizes = {"vcpus": vcpus, "memory_mb": ram, "root_gb": disk, "ephemeral_gb": 0, "swap": 0, "rxtx_factor": 1.0}
        rest = {"is_public": True, "disabled": False, "extra_specs": {"hw_rng:allowed": "True"}, "projects": []}
        objects.Flavor(administrator, flavorid=uid, name=name, **sizes, **rest).create()
    one = _populate(objects, administrator, folder, flavors[0][0], servers) if servers else ""
    wrapper = importlib.import_module("nova.api.openstack").FaultWrapper
    return wrapper(importlib.import_module("nova.api.openstack.compute.routes").APIRouterV21()), one


def _populate(objects: Any, context: Any, folder: Path, flavor_id: str, servers: int) -> str:
    """Servers as a boot leaves them: mapped to their cell, with flavor, network, boot disk and what was asked for."""
    shutil.copy(folder / "cell.db", folder / "cell0.db")  # as empty as it is
    cell0, cell = "00000000-0000-0000-0000-000000000000", str(uuid.uuid4())
    for uid, name in ((cell0, "cell0"), (cell, "cell1")):
        base = f"sqlite:///{folder}/cell.db" if uid == cell else f"sqlite:///{folder}/cell0.db"
        objects.CellMapping(context, uuid=uid, name=name, transport_url="fake://", database_connection=base, disabled=False).create()
    mapping = objects.CellMapping.get_by_uuid(context, cell)
    importlib.import_module("nova.context").set_target_cell(context, mapping)
    objects.Service(context, host=HOST, binary="nova-compute", topic="compute", report_count=1).create()
    flavor = objects.Flavor.get_by_flavor_id(context, flavor_id)
    made = [_server(objects, context, mapping, flavor, place) for place in range(servers)]
    return made[0]


def _server(objects: Any, context: Any, mapping: Any, flavor: Any, place: int) -> str:
    now = datetime.datetime.now(datetime.UTC)
    uid, name = str(uuid.uuid4()), f"bench-{place}"
    who = {"user_id": USER, "project_id": PROJECT}
    states = {"vm_state": "active", "task_state": None, "power_state": 1, "launched_at": now, "host": HOST, "node": HOST, "compute_id": 1}
    sizes = {"vcpus": flavor.vcpus, "memory_mb": flavor.memory_mb, "root_gb": flavor.root_gb, "ephemeral_gb": 0}
    rest = {"image_ref": str(uuid.uuid4()), "instance_type_id": flavor.id, "root_device_name": "/dev/vda", "locked": False}
    made = objects.Instance(context, uuid=uid, display_name=name, hostname=name, **who, **states, **sizes, **rest)
    made.flavor, made.old_flavor, made.new_flavor = flavor, None, None
    made.system_metadata, made.metadata = {"image_base_image_ref": made.image_ref}, {"purpose": "bench"}
    made.create()
    cache = objects.InstanceInfoCache.get_by_instance_uuid(context, uid)
    cache.network_info = _network(place)
    cache.save()
    disk = {"source_type": "image", "destination_type": "local", "device_name": "/dev/vda", "boot_index": 0}
    objects.BlockDeviceMapping(context, instance_uuid=uid, image_id=made.image_ref, **disk).create()
    objects.InstanceMapping(context, instance_uuid=uid, cell_mapping=mapping, queued_for_delete=False, **who).create()
    return uid


def _network(place: int) -> Any:
    """One port with one address, as Nova keeps it."""
    model = importlib.import_module("nova.network.model")
    address = model.FixedIP(address=f"10.{128 + (place >> 16)}.{place >> 8 & 255}.{place & 255}")
    subnet = model.Subnet(cidr="10.128.0.0/9", gateway=model.IP("10.128.0.1"), ips=[address], version=4)
    network = model.Network(id=str(uuid.uuid4()), bridge="br-int", label="private", subnets=[subnet])
    mac = f"fa:16:3f:{place >> 16:02x}:{place >> 8 & 255:02x}:{place & 255:02x}"
    return model.NetworkInfo([model.VIF(id=str(uuid.uuid4()), address=mac, network=network, active=True)])


def spare_neutron() -> None:
    """Security groups come from Neutron: two requests of its own, which this Nova is spared."""
    groups: Any = importlib.import_module("nova.network.security_group_api")

    def bindings(_context: Any, servers: list[dict[str, Any]], detailed: bool = False) -> dict[str, list[dict[str, str]]]:
        assert not detailed
        return {server["id"]: [{"name": "default"}] for server in servers}

    groups.get_instances_security_groups_bindings = bindings


def ask(application: Any, path: str) -> int:
    """One request; the size of its answer."""
    headers = {"OpenStack-API-Version": "compute 2.96", "Accept": "application/json"}
    request = importlib.import_module("webob").Request.blank(path, headers=headers, base_url="http://127.0.0.1/v2.1")
    context = importlib.import_module("nova.context").RequestContext
    request.environ["nova.context"] = context(user_id=USER, project_id=PROJECT, is_admin=False, roles=["member", "reader"])
    answer = request.get_response(application)
    assert answer.status_int == OK, answer.body
    return len(answer.body)


def main() -> None:
    """Answer until standard input ends."""
    with tempfile.TemporaryDirectory() as folder:
        application, server = prepare(Path(folder), json.loads(sys.argv[1]), int(sys.argv[2]))
        spare_neutron()
        print(json.dumps({"server": server}), flush=True)
        for text in sys.stdin:
            path, times = text.split()
            cpu, begun, size = time.process_time(), time.perf_counter(), 0
            for _ in range(int(times)):
                size = ask(application, path)
            took = [(time.perf_counter() - begun) * 1000 / int(times), (time.process_time() - cpu) * 1000 / int(times), size]
            print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
