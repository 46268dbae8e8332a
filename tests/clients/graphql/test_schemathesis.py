"""Whatever schemathesis thinks of asking the graph: no answer is a server's error."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.harness import Datacenter

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(180)]
OPTIONS = ["--checks", "not_a_server_error", "--phases", "fuzzing", "--max-examples", "2", "--max-time", "30", "--seed", "7", "--no-color"]
LEAST_CASES = 50


def test_no_query_is_a_server_error(simulated: Datacenter, tmp_path: Path) -> None:
    """Of queries alone: a mutation that is thought of at random leaves the datacenter as nobody expects it."""
    url, token = simulated.env["DCSIM_GATEWAY_URL"], simulated.env["DCSIM_TOKEN"]
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/graphql", *OPTIONS]
    command += ["--header", f"Authorization: Bearer {token}", "--exclude-name-regex", "^Mutation"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    before = len(simulated.log)
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases is not None, done.stdout[-3000:]
    assert int(cases[2]) == int(cases[1]) >= LEAST_CASES
    assert '"level": "error"' not in simulated.log[before:]
