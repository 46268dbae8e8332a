"""The overview: what a project may use and uses, and its servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from emulators.openstack.call import Call
from emulators.openstack.compute import face as compute
from emulators.openstack.compute.servers.records import NovaServer
from emulators.openstack.credentials import Credentials
from emulators.openstack.dashboard.html import Markup, fill, joined
from emulators.openstack.network import face as network
from emulators.world.model import Hypervisor

_TITLES: Final = {"instances": "Instances", "cores": "VCPUs", "ram": "RAM (MiB)"}


def overview(call: Call, credentials: Credentials, csrf: str) -> Markup:
    """The page's content for somebody who is logged in."""
    servers = call.state.where(NovaServer, "project", credentials.project)
    return fill(
        "overview.html",
        project=credentials.project_name,
        user=credentials.user_name,
        csrf=csrf,
        logout=call.url("/auth/logout/"),
        limits=joined(list(_limits(call, credentials.project))),
        servers=joined([_server(call, one) for one in servers]),
    )


def _limits(call: Call, project: str) -> Iterator[Markup]:
    for name, (used, limit) in compute.limits(call.state, project).items():
        shown = "no limit" if limit < 0 else str(limit)
        yield fill("limit.html", name=name, title=_TITLES[name], used=used, limit=limit if limit >= 0 else max(used, 1), shown=shown)


def _server(call: Call, server: NovaServer) -> Markup:
    host = call.state.maybe(Hypervisor, server.host)
    found = network.addresses(call.state, server.uid)
    addresses = ", ".join(str(row["addr"]) for rows in found.values() for row in rows)
    return fill(
        "server.html",
        name=server.name,
        addresses=addresses,
        flavor=server.flavor.name,
        status=compute.status(server),
        host=host.name if host is not None else "",
    )
