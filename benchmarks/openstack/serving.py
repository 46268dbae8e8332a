"""A server for the OpenStack figures: all services on simulated machines, and as many servers of one project as asked for.

``python -m benchmarks.openstack.serving SERVERS`` prints one line of JSON and serves until standard input ends.  One server is made through
the API; the others are copies of it, of its VM and of its port, put into the state past all rules.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from dcsim.bus import Bus
from dcsim.clock import SimulatedClock
from dcsim.events import Actor
from dcsim.ids import uuid_for
from dcsim.security.tokens import Tokens
from dcsim.service import ServiceContext
from dcsim.settings import Ports, Settings
from dcsim.supervisor import make_secrets, make_tls
from dcsim.telemetry import Telemetry
from emulators.conductor import Conductor
from emulators.machines.simulated.backend import SimulatedMachines
from emulators.openstack.compute.flavors import Flavor
from emulators.openstack.compute.servers.building import create_servers, flavor_of
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.compute.servers.spec import ServerSpec
from emulators.openstack.identity.face import mint, project_named, user_named
from emulators.openstack.image.records import GlanceImage
from emulators.openstack.network.face import WantedPort
from emulators.openstack.network.records import FixedIp, NeutronNetwork, NeutronPort
from emulators.openstack.window import PASSWORD, OpenStack
from emulators.world import decisions  # noqa: F401 - importing registers what can be asked of the world
from emulators.world.engine import World
from emulators.world.inventory.generate import generate
from emulators.world.inventory.seed import SeedWorld
from emulators.world.inventory.spec import encode_inventory
from emulators.world.model import Port, Vm
from emulators.world.state import WorldState

ROOT = Path(__file__).resolve().parents[2]
FIRST_ADDRESS = int(IPv4Address("10.128.0.10"))


class Serving(NamedTuple):
    """A server that runs: its process and port, a token of the demo project, what a request for a server needs, everybody's password."""

    pid: int
    port: int
    token: str
    image: str
    network: str
    server: str
    password: str


def context(folder: Path, clock: SimulatedClock) -> ServiceContext:
    """What the kernel would give the services."""
    settings = Settings(data_dir=folder, ports=Ports(engine=0, openstack=0))
    secrets = make_secrets(settings)
    return ServiceContext(
        settings=settings, clock=clock, bus=Bus(), secrets=secrets, tls=make_tls(settings), tokens=Tokens(secrets), telemetry=Telemetry()
    )


def enlarge(state: WorldState, first: NovaServer, servers: int) -> None:
    """Copy a server with its VM and port until there are so many."""
    vm, (card,), (port,) = state.get(Vm, first.vm), state.where(Port, "vm", first.vm), state.where(NeutronPort, "device", first.uid)
    for place in range(1, servers):
        uid, ip = uuid_for("bench", place), str(IPv4Address(FIRST_ADDRESS + place))
        mac = f"fa:16:3f:{place >> 16:02x}:{place >> 8 & 255:02x}:{place & 255:02x}"
        _load(state, vm, uid=f"vm-bench-{place}", name=f"bench-{place}", uuid=uid, instance_uuid=uid)
        _load(state, card, uid=f"port-bench-{place}", vm=f"vm-bench-{place}", mac=mac, ip=ip)
        fixed = (FixedIp(port.fixed_ips[0].subnet, ip),)
        _load(state, port, uid=uuid_for("bench-port", place), device=uid, mac=mac, fixed_ips=fixed, taken=(), plug=f"port-bench-{place}")
        _load(state, first, uid=uid, name=f"bench-{place}", vm=f"vm-bench-{place}")


def _load(state: WorldState, entity: Any, **fields: Any) -> None:
    state.load(msgspec.structs.replace(entity, **fields, number=state.next_number))


async def open_cloud(folder: Path, servers: int) -> tuple[OpenStack, Conductor, Serving]:
    """All services, with so many servers of the demo project."""
    world = World.open(folder / "journal.db", SimulatedClock(), synchronous="off")
    world.execute_now(SeedWorld(inventory=encode_inventory(generate(7, "small", hosts=20, vms=4)), seed=7), Actor())
    conductor = Conductor(world, SimulatedMachines(world.clock, seed=7))
    window = OpenStack(context(folder, world.clock), world, conductor)
    await window.open()
    conductor.start()
    state, cloud = world.state, window.cloud
    demo, user = project_named(state, "demo"), user_named(state, "demo")
    assert demo is not None and user is not None  # noqa: PT018
    image, network = state.all(GlanceImage)[0].uid, next(one.uid for one in state.all(NeutronNetwork) if one.name == "private")
    flavor = flavor_of(state.get(Flavor, "42"))
    spec = ServerSpec(name="bench", project=demo.uid, user=user.uid, flavor=flavor, image=image, networks=(WantedPort(network=network),))
    (first,) = await cloud.ask(Actor(), create_servers, spec=spec)
    await conductor.runner.idle()
    enlarge(state, state.get(NovaServer, first.uid), servers)
    return (
        window,
        conductor,
        Serving(os.getpid(), 0, mint(cloud, user.uid, demo.uid), image, network, first.uid, cloud.context.secrets.password(PASSWORD)),
    )


async def _serve(servers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        window, conductor, found = await open_cloud(Path(folder), servers)
        (listener,) = window.listeners()
        handler: Any = listener.handler
        runner = web.ServerRunner(web.Server(handler))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(json.dumps(found._replace(port=runner.addresses[0][1])._asdict()), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()
        await conductor.stop()
        await conductor.close()
        window.world.close()


@contextmanager
def serving(servers: int) -> Iterator[Serving]:
    """A server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.openstack.serving", str(servers)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Serving(**json.loads(process.stdout.readline()))
        process.communicate(timeout=60)


def main() -> None:
    """Serve."""
    try:
        import uvloop  # noqa: PLC0415 - as dc-sim itself runs, where it is installed
    except ImportError:
        asyncio.run(_serve(int(sys.argv[1])))
    else:
        uvloop.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
