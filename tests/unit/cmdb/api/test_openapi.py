"""The CMDB's API is what its document says: the document is current, and a fuzzer that believes it finds no other answer."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from cmdb.api import routes
from scripts import generate
from tests.unit.cmdb.api.conftest import Api

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "reference" / "openapi" / "cmdb.json"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method"
OPTIONS = ["--checks", CHECKS, "--max-examples", "10", "--seed", "7", "--no-color", "--request-timeout", "20"]
OPTIONS += ["--exclude-path-regex", "prove|export|ansible"]  # they need an engine, or answer in other formats


def test_the_committed_document_is_current() -> None:
    assert generate.cmdb_openapi() == DOCUMENT.read_text(), "run scripts/generate, and commit what it changes"


def test_names_of_operations_are_unique() -> None:
    names = [route.handler.__name__ for route in routes.routes]
    assert len(set(names)) == len(names)


@pytest.mark.slow
async def test_a_fuzzer_finds_no_server_error_and_no_answer_that_is_not_described(api: Api, tmp_path: Path) -> None:
    """Schemathesis from outside, against the API as it is served."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.url}/openapi.json", *OPTIONS]
    command += ["--header", f"Authorization: Bearer {api.token}"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 200)
    assert process.returncode == 0, output.decode()[-6000:]
