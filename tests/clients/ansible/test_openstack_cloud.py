"""The openstack.cloud collection, unmodified: every play changes what it says, once, and a second run finds nothing to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients.ansible.environment import Step, installed, run
from tests.clients.harness import Datacenter
from tests.clients.openstack.environment import announced

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.timeout(400)]
TASKS = [
    "project",
    "image",
    "network",
    "subnet",
    "router",
    "security group",
    "security group rule",
    "keypair",
    "volume",
    "server",
    "server volume",
]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvnlK8YX2S3eqlA2kGE7oKQJ0zEeVOLmDqI4Xj3WQ1s play"


class Runs(NamedTuple):
    """The outcomes of a play that was run twice."""

    datacenter: Datacenter
    first: dict[str, Step]
    second: dict[str, Step]


def variables(datacenter: Datacenter, folder: Path) -> dict[str, Any]:
    """What the plays are told: whom to log in as, and a file for an image."""
    image = folder / "image.raw"
    image.write_bytes(b"a guest" * 1000)
    keys = ("auth_url", "username", "password", "project_name", "user_domain_id", "project_domain_id")
    auth = {key: datacenter.env[f"OS_{key.upper()}"] for key in keys}
    return {"auth": auth, "region": datacenter.env["OS_REGION_NAME"], "image": str(image), "public_key": KEY}


@pytest.fixture(scope="module")
def runs(simulated: Datacenter, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The play, run twice; torn down at the end."""
    announced(simulated)
    installed()
    folder = tmp_path_factory.mktemp("openstack-plays")
    told = variables(simulated, folder)
    first, second = (run("openstack.yml", told, folder) for _ in range(2))
    return Runs(simulated, first, second)


@pytest.mark.parametrize("task", TASKS)
def test_each_task_changes_something_once(runs: Runs, task: str) -> None:
    assert [outcome[task].changed for outcome in (runs.first, runs.second)] == [True, False]


def test_no_task_is_left_out(runs: Runs) -> None:
    assert list(runs.first) == TASKS


def test_the_way_back_is_run_twice_too(runs: Runs, tmp_path: Path) -> None:
    told = variables(runs.datacenter, tmp_path)
    first, second = (run("openstack_teardown.yml", {**told, "first": first}, tmp_path) for first in (True, False))
    assert {name for name, step in first.items() if not step.changed} == set()
    assert {name for name, step in second.items() if step.changed} == set()
