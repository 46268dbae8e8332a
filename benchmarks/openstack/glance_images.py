"""Glance itself, asked for its images in its own process: no socket, no token to check, SQLite as its database.

Run by the environment that has glance: ``python glance_images.py COUNT`` makes so many images and answers every number on a line of its
standard input with the milliseconds of wall clock and CPU that one of so many lists took, as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

OK = 200
PROJECT = "0" * 32


def prepare(folder: Path, count: int) -> Any:
    """Glance's application over a fresh database with so many images."""
    configuration = folder / "glance.conf"
    configuration.write_text(f"[DEFAULT]\nnode_staging_uri=file://{folder}\n[database]\nconnection=sqlite:///{folder}/glance.db\n")
    wsgi = importlib.import_module("glance.common.wsgi")  # registers options that can be registered only before they are read
    router = importlib.import_module("glance.api.v2.router")
    importlib.import_module("glance.common.config").parse_args(args=[], default_config_files=[str(configuration)])
    importlib.import_module("glance.common.config").set_config_defaults()
    store = importlib.import_module("glance_store")
    store.register_opts(importlib.import_module("oslo_config.cfg").CONF)
    database = importlib.import_module("glance.db.sqlalchemy.api")
    importlib.import_module("glance.db.sqlalchemy.models").register_models(database.get_engine())
    for number in range(count):
        values = {
            "status": "active",
            "visibility": "private",
            "owner": PROJECT,
            "size": number,
            "checksum": "0" * 32,
            "name": f"image-{number}",
        }
        formats = {"disk_format": "qcow2", "container_format": "bare", "min_disk": 0, "min_ram": 0, "protected": False}
        database.image_create(_context(), values | formats | {"properties": {"os_distro": "cirros"}})
    return router.API(wsgi.APIMapper())


def _context() -> Any:
    return importlib.import_module("glance.context").RequestContext(
        user_id="u", project_id=PROJECT, is_admin=False, roles=["member", "reader"]
    )


def ask(application: Any, count: int) -> int:
    """One list; the size of its answer."""
    request = importlib.import_module("glance.common.wsgi").Request.blank(f"/images?limit={count}")
    request.context = _context()
    answer = request.get_response(application)
    assert answer.status_int == OK, answer.body
    assert len(json.loads(answer.body)["images"]) == count
    return len(answer.body)


def main() -> None:
    """Answer until standard input ends."""
    count = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        application = prepare(Path(folder), count)
        print(json.dumps({"bytes": ask(application, count)}), flush=True)
        for text in sys.stdin:
            cpu, begun = time.process_time(), time.perf_counter()
            for _ in range(int(text)):
                ask(application, count)
            took = [(time.perf_counter() - begun) * 1000 / int(text), (time.process_time() - cpu) * 1000 / int(text)]
            print(json.dumps(took), flush=True)


if __name__ == "__main__":
    main()
