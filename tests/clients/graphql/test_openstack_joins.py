"""Servers that openstacksdk made, with all that hangs on them: every join leads to what the client was told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients import venvs
from tests.clients.graphql.asking import Graph
from tests.clients.harness import ROOT, Datacenter, clean_environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
CLOUD = ROOT / "tests" / "clients" / "openstack"
SECONDS = 60
MINE = '(first: 5, filter: {name: {like: "joined-"}}, orderBy: NAME_ASC)'
SERVERS = f"""{{openstackServers{MINE} {{totalCount nodes {{
  uid name vmState flavorName
  flavor {{uid name servers(first: 50) {{nodes {{uid}}}}}}
  vm {{name power host {{name}}}}
  host {{name}}
  project {{uid name}}
  image {{uid servers(first: 50) {{nodes {{uid}}}}}}
  volumes(first: 5) {{nodes {{
    uid sizeGib status servers(first: 5) {{nodes {{uid}}}} snapshots(first: 5) {{nodes {{uid volume {{uid}}}}}} disk {{name}}
  }}}}
}}}}}}"""
PORTS = f"""{{openstackServers{MINE} {{nodes {{uid ports(first: 3) {{nodes {{
  uid mac server {{uid}}
  network {{uid subnets(first: 3) {{nodes {{uid cidr}}}}}}
  fixedIps {{ip subnet {{uid}}}}
  securityGroups(first: 3) {{nodes {{uid rules(first: 5) {{totalCount}}}}}}
  plug {{mac}}
  floatingIps(first: 3) {{nodes {{address port {{uid}} router {{uid interfaces(first: 5) {{nodes {{deviceOwner router {{uid}}}}}}}}}}}}
}}}}}}}}}}"""


def cloud(datacenter: Datacenter, *arguments: str) -> str:
    """What the script of openstacksdk prints."""
    python = venvs.needed("openstack", CLOUD / "requirements.txt") / "bin" / "python"
    command = [str(python), str(CLOUD / "scripts" / "whole_server.py"), *arguments]
    done = subprocess.run(
        command, env={**clean_environment(), **datacenter.env}, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def made(simulated: Datacenter) -> Iterator[dict[str, Any]]:
    """The ids of what openstacksdk made."""
    try:
        yield json.loads(cloud(simulated))
    finally:
        cloud(simulated, "delete")


def uids(page: Any) -> set[str]:
    return {one["uid"] for one in page["nodes"]}


def test_servers_lead_to_all_that_they_are_made_of(graph: Graph, made: dict[str, Any]) -> None:
    servers = graph.data(SERVERS)["openstackServers"]
    assert (servers["totalCount"], [one["uid"] for one in servers["nodes"]]) == (3, made["servers"])
    for one in servers["nodes"]:
        assert (one["vmState"], one["flavor"]["uid"], one["flavor"]["name"]) == ("active", made["flavor"], one["flavorName"])
        assert one["vm"]["power"] == "ON"
        assert one["host"] is not None
        assert (one["project"]["uid"], one["image"]["uid"]) == (made["project"], made["image"])
        assert uids(one["flavor"]["servers"]) >= set(made["servers"])
        assert uids(one["image"]["servers"]) >= set(made["servers"])


def test_volumes_lead_to_their_servers_and_snapshots(graph: Graph, made: dict[str, Any]) -> None:
    first, *others = graph.data(SERVERS)["openstackServers"]["nodes"]
    assert [one["volumes"]["nodes"] for one in others] == [[], []]
    (volume,) = first["volumes"]["nodes"]
    assert (volume["uid"], volume["sizeGib"], volume["status"]) == (made["volume"], 1, "in-use")
    assert uids(volume["servers"]) == {first["uid"]}
    assert volume["snapshots"]["nodes"] == [{"uid": made["snapshot"], "volume": {"uid": made["volume"]}}]
    assert volume["disk"]["name"]


def test_ports_lead_to_networks_addresses_groups_and_routers(graph: Graph, made: dict[str, Any]) -> None:
    servers = graph.data(PORTS)["openstackServers"]["nodes"]
    ports = [port for one in servers for port in one["ports"]["nodes"]]
    assert [(one["uid"], one["mac"]) for one in ports] == list(zip(made["ports"], made["macs"], strict=True))
    for one, server, address in zip(ports, made["servers"], made["addresses"], strict=True):
        assert one["server"]["uid"] == server
        assert one["network"] == {"uid": made["network"], "subnets": {"nodes": [{"uid": made["subnet"], "cidr": "10.250.7.0/24"}]}}
        assert one["fixedIps"] == [{"ip": address, "subnet": {"uid": made["subnet"]}}]
        assert [group["uid"] for group in one["securityGroups"]["nodes"]] == made["groups"]
        assert all(group["rules"]["totalCount"] > 0 for group in one["securityGroups"]["nodes"])
        assert one["plug"]["mac"] == one["mac"]
    (floating,) = ports[0]["floatingIps"]["nodes"]
    assert (floating["address"], floating["port"]["uid"], floating["router"]["uid"]) == (made["floating"], made["ports"][0], made["router"])
    owners = {one["deviceOwner"]: one["router"]["uid"] for one in floating["router"]["interfaces"]["nodes"]}
    assert owners == {"network:router_interface": made["router"], "network:router_gateway": made["router"]}
    assert all(one["floatingIps"]["nodes"] == [] for one in ports[1:])
