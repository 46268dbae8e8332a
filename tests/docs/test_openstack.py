"""The page about OpenStack, run as a reader runs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.clients.harness import Datacenter
from tests.clients.openstack.environment import installed
from tests.docs.markdown import Page
from tests.docs.test_walkthroughs import play, script

PAGE = "docs/how-to/point-openstack.md"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a reader with a running datacenter and the openstack command."""
    clients = installed() / "bin"
    made = Datacenter(tmp_path / "data", "--machines", "simulated")
    made.data_dir.mkdir()
    try:
        made.start()
        path = os.pathsep.join([str(Path(sys.executable).parent), str(clients), os.environ["PATH"]])
        yield {**made.environment, "PATH": path, "HOME": str(tmp_path)}
    finally:
        made.clear_away()


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_pointing_openstack_clients(reader: dict[str, str]) -> None:
    page, folder = Page(PAGE), f'cd "{reader["HOME"]}"\n'
    said = play(folder + script(page), reader, 200)
    for expected in ("as admin in admin", "cirros-0.6.3-x86_64-disk", "ACTIVE", '"flavors"', "nova-compute", "kvm-01"):
        assert expected in said, expected
    assert "auth_url" in yaml.safe_load((Path(reader["HOME"]) / "clouds.yaml").read_text())["clouds"]["dcsim"]["auth"]
    sdk = Path(reader["HOME"]) / "example.py"
    sdk.write_text("\n".join(page.blocks("python")))
    python = installed() / "bin" / "python"
    seen = play(f'{folder}eval "$(dcsim env)"\n{python} {sdk}', reader)
    assert "web-1 ACTIVE 10.50.0." in seen
    assert "up enabled" in seen


def test_its_play_and_its_terraform_are_there() -> None:
    (block,) = Page(PAGE).blocks("yaml")
    (play_,) = yaml.safe_load(block)
    assert [next(iter(task)) for task in play_["tasks"]] == ["openstack.cloud.network", "openstack.cloud.subnet"]
