"""A start that fails, as the operator sees it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.clients.harness import FOREIGN, FREE_PORTS, ROOT

SECONDS = 30


class Refused:
    """A `dcsim up` that did not start: its exit code, and the lines on stderr that are no log of what went well."""

    def __init__(self, data_dir: Path, *arguments: str, **settings: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        done = subprocess.run(
            [sys.executable, "-m", "dcsim.cli.main", "up", *arguments],
            env={**clean, **FREE_PORTS, "DCSIM_DATA_DIR": str(data_dir), "NO_COLOR": "1", **settings},
            cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        self.code = done.returncode
        self.stdout = done.stdout
        self.said = [line for line in done.stderr.splitlines() if not _is_log(line)]

    def check(self, *patterns: str) -> None:
        """One sentence, which says all that."""
        assert (self.code, self.stdout, len(self.said)) == (1, "", 1), self.said
        assert self.said[0].startswith("Error: ")
        for pattern in patterns:
            assert re.search(pattern, self.said[0]), self.said[0]


def _is_log(line: str) -> bool:
    try:
        return json.loads(line)["level"] in {"info", "warning"}
    except (ValueError, TypeError, KeyError):
        return False
