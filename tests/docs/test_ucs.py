"""The pages about UCS, run as a reader runs them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.clients.harness import Datacenter
from tests.docs.markdown import Page
from tests.docs.test_walkthroughs import play, script


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a reader with a running datacenter, in which things take their time."""
    made = Datacenter(tmp_path, "--machines", "simulated", "--timing", "demo")
    try:
        made.start()
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        yield {**made.environment, "PATH": path, "HOME": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    finally:
        made.clear_away()


def python(blocks: list[str]) -> str:
    """A script that runs a page's Python."""
    return "\n".join(['eval "$(dcsim env)"', *(f'python - <<"EXAMPLE"\n{block}\nEXAMPLE' for block in blocks)])


def test_pointing_ucsmsdk(reader: dict[str, str]) -> None:
    page = Page("docs/how-to/point-ucsmsdk.md")
    said = play(script(page), reader)
    for expected in ("as admin", "computeBlade", 'outStatus="success"', '"service_profile":"org-root/ls-', '"discovery":"in-progress"'):
        assert expected in said, expected
    listed = play(python(page.blocks("python")), reader)
    assert "sys/chassis-1/blade-1 " in listed
    assert "\n120\n" in listed
    assert "sys/chassis-1/blade-1 ['dn', 'rn', 'status', 'usrLbl']" in listed


def test_its_play_is_one() -> None:
    (block,) = Page("docs/how-to/point-ucsmsdk.md").blocks("yaml")
    (play_,) = yaml.safe_load(block)
    assert list(play_["tasks"][0]) == ["cisco.ucs.ucs_vlans"]


@pytest.mark.slow
def test_the_tutorial(reader: dict[str, str], govc: Path) -> None:
    """Its shell and Python in the order of the page."""
    page = Page("docs/tutorial/first-service-profile.md")
    parts = [block.text if block.language == "sh" else f'python - <<"EXAMPLE"\n{block.text}EXAMPLE' for block in page.runnable()]
    said = play("\n".join(["set -eu -o pipefail", *parts]), {**reader, "PATH": f"{govc.parent}{os.pathsep}{reader['PATH']}"})
    macs = "['00:25:B5:AA:00:00', '00:25:B5:AA:00:01']"
    for expected in ('"discovery": "complete"', "associating: ", "FSM-STAGE", "is org-root/org-tutorial/ls-web-1", macs, "\noff\n"):
        assert expected in said, expected
    assert "notResponding" in said
