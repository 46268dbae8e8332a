"""Write the files that are made from the code, or with --check only say which are out of date (exit code 1).

scripts/generate [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from dcsim.http.routes import openapi
from emulators.api.routes import routes
from emulators.ucs import coverage as ucs_coverage
from emulators.vsphere import coverage

ROOT = Path(__file__).resolve().parent.parent


def engine_openapi() -> str:
    """The engine's REST API as an OpenAPI 3.1 document."""
    return msgspec.json.format(msgspec.json.encode(openapi(routes)), indent=2).decode() + "\n"


GENERATED: dict[str, Callable[[], str]] = {
    "docs/reference/coverage/ucs.md": ucs_coverage.page,
    "docs/reference/coverage/vsphere.md": coverage.page,
    "docs/reference/openapi/engine.json": engine_openapi,
}
"""Each file, and what makes its content."""


def stale() -> dict[Path, str]:
    """The files whose content is not what it should be, with what it should be."""
    wanted = {ROOT / name: make() for name, make in GENERATED.items()}
    return {path: text for path, text in wanted.items() if not path.exists() or path.read_text() != text}


def main(arguments: list[str]) -> int:
    """Do what the command line asks; the exit code."""
    found = stale()
    for path, text in found.items():
        if arguments == ["--check"]:
            print(f"{path.relative_to(ROOT)} is out of date: run scripts/generate, and commit what it changes")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")
    return 1 if found and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
