"""openstacksdk's cloud layer and proxies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.openstack.environment import OpenStack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SCRIPTS = Path(__file__).with_name("scripts")


def test_the_cloud_layer_makes_waits_for_and_removes(openstack: OpenStack) -> None:
    seen = openstack.python(SCRIPTS / "cloud_layer.py")
    assert seen["project"] == "admin"
    assert set(seen["services"]) >= {"identity", "compute", "network", "image", "placement", "object-store"}
    assert seen["server"] == {"status": "ACTIVE", "addresses": {"sdk-net": 1}}
    assert (seen["volume"], seen["stopped"]) == ("in-use", "SHUTOFF")
    assert seen["found"] == ["sdk-server"]
    assert seen["limits"] >= 1
    assert seen["hypervisors"] >= 2
    assert seen["left"] == []


def test_the_command_as_it_is_installed_says_what_the_quick_one_does(openstack: OpenStack) -> None:
    for arguments, status in ((("project", "show", "admin", "-f", "json"), 0), (("server", "show", "nobody's"), 1), (("no", "command"), 2)):
        done = openstack.installed("bin/openstack", *arguments)
        assert done.returncode == status
        quick = openstack.fails(*arguments) if status else openstack(*arguments)
        assert quick == ((status, done.stderr.strip()) if status else done.stdout.strip())
