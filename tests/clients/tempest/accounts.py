"""Users that exist before the tests do, as an operator hands them to somebody who may not make any: accounts.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.clients.tempest.asking import Api

PASSWORD = "plain-Users-1"
CIDR = "10.99.{}.0/24"
DOMAIN = {"user_domain_name": "Default", "project_domain_name": "Default", "domain_name": "Default"}


def written(folder: Path, api: Api, public_network: str, workers: int) -> Path:
    """Make projects with a member, a reader and a network each, one more than there are workers, and as many strangers.

    Strangers come first and have no role that Tempest would ask for by name: so whoever needs a second user gets one of another project.
    """
    people = [*strangers(api, workers + 1), *households(api, public_network, workers + 1)]
    path = folder / "accounts.yaml"
    path.write_text(yaml.safe_dump(people, sort_keys=False))
    return path


def strangers(api: Api, count: int) -> Iterator[dict[str, Any]]:
    """A member of a project of its own, each."""
    for number in range(count):
        name = f"tempest-stranger-{number}"
        yield user(api, project(api, name), name, name, "member")


def households(api: Api, public_network: str, count: int) -> Iterator[dict[str, Any]]:
    """A member and a reader of one project with a network, each."""
    for number in range(count):
        name = f"tempest-plain-{number}"
        made = project(api, name)
        network(api, made, name, public_network, number)
        resources = {"resources": {"network": f"{name}-network"}}
        for role in ("member", "reader"):
            yield {**user(api, made, name, f"{name}-{role}", role), "roles": [role], **resources}


def project(api: Api, name: str) -> str:
    """Make a project; answers its id."""
    made = api.call("POST", "identity", "/projects", {"project": {"name": name, "domain_id": "default"}})
    return str(made["project"]["id"])


def user(api: Api, project_id: str, project_name: str, name: str, role: str) -> dict[str, Any]:
    """Make a user with a role on a project; answers how Tempest logs in as that user."""
    body = {"user": {"name": name, "password": PASSWORD, "domain_id": "default"}}
    made = api.call("POST", "identity", "/users", body)["user"]["id"]
    (found,) = api.get("identity", f"/roles?name={role}")["roles"]
    api.call("PUT", "identity", f"/projects/{project_id}/users/{made}/roles/{found['id']}")
    return {"username": name, "project_name": project_name, "password": PASSWORD, **DOMAIN}


def network(api: Api, project_id: str, name: str, public_network: str, number: int) -> None:
    """Give a project a network with a way out."""
    owner = {"project_id": project_id}
    made = api.call("POST", "network", "/v2.0/networks", {"network": {"name": f"{name}-network", **owner}})["network"]
    subnet = {"network_id": made["id"], "cidr": CIDR.format(number), "ip_version": 4, "name": f"{name}-subnet", **owner}
    subnet_id = api.call("POST", "network", "/v2.0/subnets", {"subnet": subnet})["subnet"]["id"]
    router = {"name": f"{name}-router", "external_gateway_info": {"network_id": public_network}, **owner}
    router_id = api.call("POST", "network", "/v2.0/routers", {"router": router})["router"]["id"]
    api.call("PUT", "network", f"/v2.0/routers/{router_id}/add_router_interface", {"subnet_id": subnet_id})
