"""The real Neo4j Browser in a real Chromium, with the guide, the style and the favourites that the CMDB serves.

With DCSIM_PICTURES=1, the picture of docs/how-to/explore-impact-in-neo4j-browser.md is made anew.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from cmdb.browser.files import favourites
from cmdb.browser.serving import address
from tests.clients import venvs
from tests.clients.cmdb.test_rest import call, filled, items
from tests.clients.harness import DEADLINE, ROOT, Datacenter, clean_environment
from tests.graph_database import GraphDatabase

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]
BROWSER = ROOT / "tests" / "clients" / "browser"
PICTURE = ROOT / "docs" / "how-to" / "pictures" / "blast-radius.png"
EXPLORING_SECONDS = 150


def vital(datacenter: Datacenter) -> dict[str, Any]:
    """An array or datastore whose failure takes a business service down."""
    for cls in ("StorageArray", "Datastore"):
        for one in items(datacenter, f"class={cls}&limit=100&sort=name"):
            summary = call(datacenter, "GET", f"/cmdb/cis/{one['uid']}/impact")[1]["summary"]
            if summary.get("down", {}).get("BusinessService"):
                return one
    raise AssertionError("no array or datastore takes a business service down")


def test_what_dcsim_says_and_serves(on_neo4j: Datacenter, tmp_path: Path) -> None:
    base = address(on_neo4j.env["DCSIM_CMDB_URL"])
    said = on_neo4j.dcsim("cmdb", "browser", "--to", str(tmp_path))
    assert f":play {base}/guide" in said
    assert "not in Neo4j yet" not in said
    with urlopen(f"{base}/favourites.zip", timeout=DEADLINE) as answer:  # noqa: S310 - our own
        packed = zipfile.ZipFile(BytesIO(answer.read()))
    assert [Path(name).stem for name in packed.namelist()] == [one.name for one in favourites()]
    assert {one.name for one in tmp_path.iterdir()} == {"guide.html", "style.grass", "favourites.zip"} | {
        f"{one.name}.cypher" for one in favourites()
    }
    asking = {"Origin": "http://127.0.0.1:7474", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "sentry-trace"}
    with urlopen(Request(f"{base}/guide", method="OPTIONS", headers=asking), timeout=DEADLINE) as answer:  # noqa: S310 - our own
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    with urlopen(f"{base}/guide", timeout=DEADLINE) as answer:  # noqa: S310 - our own
        assert f":style {base}/style.grass" in answer.read().decode()


def test_the_blast_radius_in_our_style(on_neo4j: Datacenter, neo4j: GraphDatabase, tmp_path: Path) -> None:
    if not Path("/usr/bin/chromium").exists():
        pytest.skip("no Chromium: apt-get install -y --no-install-recommends chromium")
    python = venvs.needed("browser", BROWSER / "requirements.txt") / "bin" / "python"
    filled(on_neo4j)
    failed = vital(on_neo4j)
    wish = {
        "browser": neo4j.browser,
        "bolt": neo4j.url.removeprefix("bolt://"),
        "files": address(on_neo4j.env["DCSIM_CMDB_URL"]),
        "ci": failed["name"],
        "favourite": "Blast radius",
        "picture": str(tmp_path / "blast-radius.png"),
        "profile": str(tmp_path / "profile"),
    }
    done = subprocess.run(
        [str(python), str(BROWSER / "scripts" / "explore.py"), json.dumps(wish)],
        env={**clean_environment(), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=EXPLORING_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    saw = json.loads(done.stdout)
    assert sorted(one.strip() for one in saw["favourites"]) == sorted(one.statement for one in favourites())
    assert saw["shades"] == {
        "Storage": "rgb(106, 63, 160)", "Compute": "rgb(30, 111, 191)", "Service": "rgb(198, 40, 40)", "DEPENDS_ON": "rgb(211, 47, 47)"
    }  # fmt: skip
    down = [one for one in call(on_neo4j, "GET", f"/cmdb/cis/{failed['uid']}/impact")[1]["affected"] if one["after"] == "down"]
    assert saw["shown"].startswith(f"Displaying {len(down) + 1} nodes")
    if os.environ.get("DCSIM_PICTURES"):
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tmp_path / "blast-radius.png", PICTURE)
