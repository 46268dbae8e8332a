"""The routes that put chassis, blades and rack servers in and take them out."""

from __future__ import annotations

from dcsim.errors import NotFound
from dcsim.http.routes import IDEMPOTENCY_KEY, Reply
from emulators.api import shapes, views
from emulators.api.routes import CONDITIONAL, Call, execute, routes, thing
from emulators.world.decisions.plant import InsertBlade, InsertChassis, RemoveBlade, RemoveChassis
from emulators.world.decisions.racks import InsertRackServer, RemoveRackServer
from emulators.world.model import Blade, Chassis, Rack, RackServer, UcsDomain


@routes.post("/sim/chassis", "Put a chassis in", body=shapes.ChassisBody, returns=shapes.EntityView, headers=(IDEMPOTENCY_KEY,))
async def insert_chassis(call: Call) -> Reply:
    """A new chassis with I/O modules, power supplies and fans, cabled to both fabrics; or one that comes back."""
    body: shapes.ChassisBody = call.body
    rack = thing(call, Rack, body.rack).uid if body.rack else ""
    command = InsertChassis(domain=thing(call, UcsDomain, body.domain).uid, slot=body.slot, rack=rack, serial=body.serial)
    return _inserted(call, Chassis, await execute(call, command))


@routes.delete("/sim/chassis/{uid}", "Take a chassis away", headers=CONDITIONAL)
async def remove_chassis(call: Call) -> None:
    """What runs in it goes down; it stays known as missing while a service profile or host is bound to a blade of it."""
    await execute(call, RemoveChassis(chassis=call.path["uid"]), subject=call.path["uid"])


@routes.post("/sim/blades", "Put a blade in", body=shapes.BladeBody, returns=shapes.EntityView, headers=(IDEMPOTENCY_KEY,))
async def insert_blade(call: Call) -> Reply:
    """A new blade, which is discovered after a while; or one that comes back."""
    body: shapes.BladeBody = call.body
    chassis = thing(call, Chassis, body.chassis)
    command = InsertBlade(chassis=chassis.uid, slot=body.slot, hardware=body.hardware, serial=body.serial)
    return _inserted(call, Blade, await execute(call, command))


@routes.delete("/sim/blades/{uid}", "Pull a blade out", headers=CONDITIONAL)
async def remove_blade(call: Call) -> None:
    """What runs on it goes down; it stays known as missing while a service profile or host is bound to it."""
    await execute(call, RemoveBlade(blade=call.path["uid"]), subject=call.path["uid"])


@routes.post("/sim/rack-servers", "Put a rack server in", body=shapes.RackServerBody, returns=shapes.EntityView, headers=(IDEMPOTENCY_KEY,))
async def insert_rack_server(call: Call) -> Reply:
    """A new rack server, cabled to both fabrics, which is discovered after a while; or one that comes back."""
    body: shapes.RackServerBody = call.body
    domain, rack = thing(call, UcsDomain, body.domain).uid, thing(call, Rack, body.rack).uid if body.rack else ""
    command = InsertRackServer(domain=domain, unit=body.unit, rack=rack, hardware=body.hardware, serial=body.serial)
    return _inserted(call, RackServer, await execute(call, command))


@routes.delete("/sim/rack-servers/{uid}", "Take a rack server away", headers=CONDITIONAL)
async def remove_rack_server(call: Call) -> None:
    """What runs on it goes down; it stays known as missing while a service profile or host is bound to it."""
    await execute(call, RemoveRackServer(server=call.path["uid"]), subject=call.path["uid"])


def _inserted(call: Call, cls: type[Blade | Chassis | RackServer], uid: str) -> Reply:
    entity = call.context.world.state.maybe(cls, uid)
    if entity is None:  # of a request that is repeated after what it made has gone
        raise NotFound(f"The {cls.KIND} that this request put in is not there any more.", subject=uid)
    return Reply(views.entity_view(entity), status=201, headers={"Location": f"/sim/entities/{cls.KIND}/{uid}"}, version=entity.version)
