"""The pages' commands, run as a reader runs them: one shell a page, from top to bottom, in a datacenter of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.conftest import require_docker
from tests.clients.harness import Datacenter
from tests.docs.markdown import ROOT, Page

DEADLINE = 110
DETACHED = {"./scripts/up": "./scripts/up --detach"}
"""A reader leaves this one running in another terminal."""


def script(page: Page) -> str:
    """All of a page's commands as one script; a failing one ends it."""
    lines = [DETACHED.get(line, line) for block in page.blocks("sh") for line in block.splitlines()]
    return "\n".join(["set -eu -o pipefail", "set -x", *lines])


def play(text: str, environment: dict[str, str], seconds: float = DEADLINE) -> str:
    """Run a script in the checkout; everything that it and `set -x` said."""
    done = subprocess.run(
        ["bash", "-c", text],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def reader(datacenter: Datacenter, govc: Path) -> dict[str, str]:
    """The environment of a reader with the project's environment active and govc on PATH; what they make is the test's."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(govc.parent), os.environ["PATH"]])
    environment = datacenter.environment
    del environment["DCSIM_WORLD__TIMING"]
    return {**environment, "PATH": path, "HOME": str(datacenter.data_dir)}


@pytest.fixture
def datacenter(tmp_path: Path) -> Iterator[Datacenter]:
    """Where a page's commands work; cleared away whatever they leave."""
    made = Datacenter(tmp_path / "data", "--machines", "docker")
    made.data_dir.mkdir()
    yield made
    made.clear_away()


@pytest.fixture
def simulated_reader(datacenter: Datacenter, govc: Path) -> dict[str, str]:
    """A reader of a page that begins with a running datacenter; without containers, since it is none of their business."""
    datacenter.arguments = ("--machines", "simulated")
    datacenter.start()
    return reader(datacenter, govc)


@pytest.mark.docker
@pytest.mark.slow
def test_the_tutorial(datacenter: Datacenter, govc: Path) -> None:
    require_docker()
    said = play(script(Page("docs/tutorial/first-datacenter.md")), reader(datacenter, govc))
    for expected in ("VirtualCenter", "/ams1/vm/shop-web-01", "Exited", "before-the-change", "poweredOff", "notResponding", "Stopped"):
        assert expected in said, expected


@pytest.mark.docker
@pytest.mark.slow
def test_the_readme(datacenter: Datacenter, govc: Path) -> None:
    require_docker()
    said = play(script(Page("README.md")), reader(datacenter, govc))
    assert "/ams1/vm/shop-web-01" in said


def test_pointing_a_client(simulated_reader: dict[str, str]) -> None:
    page = Page("docs/how-to/point-a-client.md")
    said = play(script(page), simulated_reader)
    assert "VirtualCenter" in said
    assert '"sequence"' in said
    example = "\n".join(block for block in page.blocks("python"))
    listed = play(f'eval "$(dcsim env)"\npython - <<"EXAMPLE"\n{example}\nEXAMPLE', simulated_reader)
    assert "shop-web-01 poweredOn 10." in listed


def test_the_worlds_page(simulated_reader: dict[str, str]) -> None:
    said = play(script(Page("docs/explanation/world.md")), simulated_reader)
    assert "before-the-drill" in said


def test_adding_a_vendor_method() -> None:
    """Its one command writes files; that it would find what to write is shown by --check, and that they are current by scripts/check."""
    commands = Page("docs/how-to/add-a-vendor-method.md").blocks("sh")
    assert commands == ["scripts/generate\n"]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.generate", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert done.stderr == ""
    assert (done.returncode, "out of date" in done.stdout) in {(0, False), (1, True)}
