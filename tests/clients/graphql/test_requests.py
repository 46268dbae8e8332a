"""What a query costs the services behind the gateway: a request, and one more for each kind of edge, whatever comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, parse, visit

from dcsim.security.tokens import Claims
from graph.backends.caller import Services
from graph.backends.directory import Directory
from graph.execution.context import GraphContext
from graph.execution.engine import Engine
from graph.execution.fields import Joined
from graph.execution.plan import DEFINITION
from graph.schema import build
from tests.clients.harness import Datacenter

pytestmark = pytest.mark.slow
QUERIES = {
    "a table of VMs": "{vms(first: 50) {totalCount nodes {id name power host {id name} datastore {name} ci {id class}}}}",
    "a host's page": """{hosts(first: 1) {nodes {
        name cluster {name} server {name serial} vms(first: 50) {totalCount nodes {name power networks(first: 4) {nodes {name}}}}
        datastores(first: 10) {nodes {name}} faults(first: 10) {nodes {code severity}} ci {id impact {affected(first: 20) {totalCount}}}
    }}}""",
    "racks with what is in them": """{racks(first: 20) {nodes {
        name site {name} chassis(first: 5) {nodes {name blades(first: 8) {nodes {name power host {name} profile {name}}}}}
        rackServers(first: 20) {nodes {name power host {name}}}
    }}}""",
    "applications, down to their racks": """{applications(first: 10) {nodes {
        name team {name} services(first: 5) {nodes {name}}
        vms(first: 20) {nodes {name host {name server {name}} datastore {name luns(first: 2) {nodes {name}}}}}
    }}}""",
    "two lists at once": "{hosts(first: 5) {nodes {name}} vms(first: 5) {nodes {name}} faults(first: 5) {totalCount}}",
    "OpenStack's servers": """{openstackServers(first: 50) {nodes {
        name vmState flavor {name} image {name} project {name} host {name} ports(first: 3) {nodes {mac network {name}}}
        volumes(first: 3) {nodes {name sizeGib}}
    }}}""",
}


class Edges(Visitor):
    """Collects the kinds of edges of a document: joined fields, by the type that has them."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.found: set[tuple[str, str]] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        field, parent = self._info.get_field_def(), self._info.get_parent_type()
        if field is not None and parent is not None and isinstance(field.extensions.get(DEFINITION), Joined):
            self.found.add((parent.name, node.name.value))


def edges(engine: Engine, query: str) -> set[tuple[str, str]]:
    info = TypeInfo(engine.core)
    collected = Edges(info)
    visit(parse(query), TypeInfoVisitor(info, collected))
    return collected.found


@pytest.mark.parametrize("what", QUERIES)
async def test_a_query_takes_a_request_for_each_kind_of_edge(simulated: Datacenter, what: str) -> None:
    engine = Engine(build())
    services = Services(Directory({"engine": simulated.env["DCSIM_URL"], "cmdb": simulated.env["DCSIM_CMDB_URL"]}, {}))
    claims = Claims(subject="ann", scopes=frozenset({"admin"}), expires=datetime(2040, 1, 1, tzinfo=UTC))
    context = GraphContext(claims, services.on_behalf(simulated.env["DCSIM_TOKEN"]), "request-1")
    try:
        found = await engine.execute(QUERIES[what], context)
    finally:
        await services.close()
    assert found.errors is None, found.errors
    kinds = edges(engine, QUERIES[what])
    assert 0 < context.services.requests <= 1 + len(kinds), sorted(kinds)
