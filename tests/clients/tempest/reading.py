"""Print the outcomes in a file of subunit (version 2) as JSON, a line each.  Run by Tempest's own Python, which has what reads such files.

python reading.py results.subunit
"""

from __future__ import annotations

import json
import sys
from typing import Any

import subunit  # type: ignore[import-not-found,unused-ignore]
import testtools  # type: ignore[import-not-found,unused-ignore]

DETAILS = ("reason", "traceback")


def told(test: dict[str, Any]) -> None:
    """Print one outcome: name, status, why, seconds."""
    start, stop = test["timestamps"]
    details = {name.partition(":")[0]: content.as_text() for name, content in test["details"].items()}
    why = next((details[name] for name in DETAILS if details.get(name)), "")
    seconds = (stop - start).total_seconds() if start and stop else 0.0
    sys.stdout.write(json.dumps({"name": test["id"], "status": test["status"], "why": why, "seconds": seconds}) + "\n")


def main(path: str) -> None:
    """Read a whole file."""
    result = testtools.StreamToDict(told)
    with open(path, "rb") as stream:  # noqa: PTH123 - runs where nothing of this project is imported, as plain as can be
        result.startTestRun()
        subunit.ByteStreamToStreamResult(stream, non_subunit_name="stdout").run(result)
        result.stopTestRun()


if __name__ == "__main__":
    main(sys.argv[1])
