"""The README's first command on a Debian 12 that has Python and nothing else, cut off from the network once it is set up."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def missing() -> str:
    """Return why a bare system can't be made here, or nothing."""
    if os.geteuid() != 0:
        return "making a bare Debian needs root"
    absent = [name for name in ("debootstrap", "git", "ip", "unshare") if shutil.which(name) is None]
    if absent:
        return f"making a bare Debian needs {', '.join(absent)}"
    allowed = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, timeout=10, check=False)
    return "" if allowed.returncode == 0 else "making a bare Debian needs mounts and network namespaces, which are forbidden here"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_datacenter_starts_on_a_bare_debian() -> None:
    if reason := missing():
        pytest.skip(reason)
    command = [ROOT / "scripts" / "prove-bare"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=880, check=False)
    output = done.stdout.decode(errors="replace")
    assert done.returncode == 0, output[-8000:]
    assert "No Docker engine here" in output
    assert "virtual machines, the first named" in output
    assert output.rstrip().endswith("== proved")
