"""GraphiQL in a real Chromium: logging in, asking, subscribing, with nothing from elsewhere and nothing that the page's policy refuses."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.clients import venvs
from tests.clients.harness import ROOT, Datacenter, clean_environment

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(180)]
BROWSER = ROOT / "tests" / "clients" / "browser"
ASKING_SECONDS = 120
REFUSED = "Failed to load resource: the server responded with a status of 401"


def test_a_query_and_a_subscription_are_answered(simulated: Datacenter, tmp_path: Path) -> None:
    if not Path("/usr/bin/chromium").exists():
        pytest.skip("no Chromium: apt-get install -y --no-install-recommends chromium")
    python = venvs.needed("browser", BROWSER / "requirements.txt") / "bin" / "python"
    wish = {
        "url": simulated.env["DCSIM_GATEWAY_URL"],
        "username": simulated.env["DCSIM_GATEWAY_USER"],
        "password": simulated.env["DCSIM_GATEWAY_PASSWORD"],
        "query": "{vms(first: 3) {totalCount nodes {name host {name}}}}",
        "subscription": 'subscription {events(after: "oldest") {seq event {type}}}',
        "picture": str(tmp_path / "graphiql.png"),
        "profile": str(tmp_path / "profile"),
    }
    done = subprocess.run(
        [str(python), str(BROWSER / "scripts" / "query.py"), json.dumps(wish)],
        env={**clean_environment(), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=ASKING_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    saw = json.loads(done.stdout)
    assert saw["refusal"]
    vms = json.loads(saw["answer"])["data"]["vms"]
    assert len(vms["nodes"]) == 3
    assert all(one["host"]["name"] for one in vms["nodes"])
    assert json.loads(saw["told"])["data"]["events"]["event"]["type"].startswith("dcsim.")
    assert [one for one in saw["said"] if not one.startswith(f"error: {REFUSED}")] == []
    assert {one.partition("/")[0] for one in (url.removeprefix(wish["url"] + "/") for url in saw["asked"])} <= {
        "graphiql",
        "graphql",
        "auth",
        "data:,",
    }
