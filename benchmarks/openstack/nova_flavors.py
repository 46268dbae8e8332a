"""Nova itself, asked for its flavors in its own process: no socket, no token to check, SQLite as its database.

Run by the environment that has nova: ``python nova_flavors.py FLAVORS`` (JSON: id, name, vCPUs, MiB, GiB of each) answers every number
on a line of its standard input with the milliseconds of wall clock and CPU that one of so many lists took, as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
OK = 200


def prepare(folder: Path, flavors: list[list[Any]]) -> Any:
    """Nova's application over fresh databases with these flavors."""
    configuration = folder / "nova.conf"
    databases = f"[database]\nconnection=sqlite:///{folder}/cell.db\n[api_database]\nconnection=sqlite:///{folder}/api.db\n"
    configuration.write_text(f"[DEFAULT]\nstate_path={folder}\ntransport_url=fake://\n{databases}")
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
    wrapper = importlib.import_module("nova.api.openstack").FaultWrapper
    return wrapper(importlib.import_module("nova.api.openstack.compute.routes").APIRouterV21())


def ask(application: Any) -> int:
    """One list; the size of its answer."""
    headers = {"OpenStack-API-Version": "compute 2.96", "Accept": "application/json"}
    request = importlib.import_module("webob").Request.blank("/flavors/detail", headers=headers, base_url="http://127.0.0.1/v2.1")
    context = importlib.import_module("nova.context").RequestContext
    request.environ["nova.context"] = context(user_id="u", project_id="p", is_admin=False, roles=["member", "reader"])
    answer = request.get_response(application)
    assert answer.status_int == OK, answer.body
    return len(answer.body)


def main() -> None:
    """Answer until standard input ends."""
    with tempfile.TemporaryDirectory() as folder:
        application = prepare(Path(folder), json.loads(sys.argv[1]))
        print(json.dumps({"bytes": ask(application)}), flush=True)
        for text in sys.stdin:
            cpu, begun = time.process_time(), time.perf_counter()
            for _ in range(int(text)):
                ask(application)
            took = [(time.perf_counter() - begun) * 1000 / int(text), (time.process_time() - cpu) * 1000 / int(text)]
            print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
