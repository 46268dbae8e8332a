"""Short ways to make what Neutron's tests need."""

from __future__ import annotations

from typing import Any

from tests.unit.openstack.stack import Client, Rows

V2 = "/networking/v2.0"


async def make(client: Client, member: str, path: str = "", **given: Any) -> Rows:
    """Make one resource; answers it.  ``path`` defaults to the member's plural with dashes."""
    where = path or f"{member.replace('_', '-')}s"
    body: Rows = await client.ok("POST", f"{V2}/{where}", {member: given})
    made: Rows = body[member]
    return made


async def refused(client: Client, status: int, type_: str, method: str, path: str, json: Any = None, **options: Any) -> str:
    """The message of an answer that must be this refusal."""
    body = await client.refused(status, method, f"{V2}/{path}", json, **options)
    error: Rows = body["NeutronError"]
    assert set(error) == {"type", "message", "detail"}
    assert error["type"] == type_, error
    message: str = error["message"]
    return message


async def lan(client: Client, cidr: str = "192.168.7.0/24", **subnet: Any) -> tuple[Rows, Rows]:
    """A network with one subnet."""
    network = await make(client, "network", name="lan")
    made = await make(client, "subnet", network_id=network["id"], ip_version=6 if ":" in cidr else 4, cidr=cidr, **subnet)
    return network, made


async def listed(client: Client, path: str) -> list[Rows]:
    """The rows of a list."""
    body: Rows = await client.ok("GET", f"{V2}/{path}")
    return next(rows for name, rows in body.items() if not name.endswith("_links"))


async def public(client: Client) -> Rows:
    """The external network."""
    (found,) = await listed(client, "networks?router:external=True")
    return found
