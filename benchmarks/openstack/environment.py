"""Where the real services are, to be measured beside ours: the environment that the contract tests take their schemas from."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.vsphere.servers import ROOT
from tests.clients import venvs

LOCK = ROOT / "tests/contract/openstack/requirements.txt"


def services() -> Path | None:
    """Its folder; None, and said why, where it cannot be had."""
    try:
        return venvs.made("openstack-services", LOCK)
    except venvs.Unavailable as missing:
        print(f"no peer: {missing}", file=sys.stderr)
        return None
