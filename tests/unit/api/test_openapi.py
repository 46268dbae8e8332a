"""The API is what its document says: the document is valid, current, and a fuzzer that believes it finds no other answer."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from dcsim.http.routes import HEADERS, openapi
from emulators.api.routes import routes
from scripts import generate
from tests.unit.api.conftest import Api

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "reference" / "openapi" / "engine.json"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method"
OPTIONS = ["--checks", CHECKS, "--max-examples", "15", "--seed", "7", "--no-color", "--request-timeout", "10"]
OPTIONS += ["--exclude-path-regex", "restore|fork"]  # they answer only for checkpoints that are there, and every one copies a journal
METHODS = {"get", "put", "post", "delete"}


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return found


def test_the_committed_document_is_current() -> None:
    assert generate.engine_openapi() == DOCUMENT.read_text(), "run scripts/generate, and commit what it changes"


def test_a_stale_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main(["--check"]) == 1
    assert "engine.json is out of date: run scripts/generate" in capsys.readouterr().out
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_every_route_and_no_other_is_in_it() -> None:
    declared = {(route.method.lower(), route.path) for route in routes.routes}
    written = {(method, path) for path, operations in document()["paths"].items() for method in METHODS & set(operations)}
    assert written == declared


def test_its_schemas_are_valid_and_every_reference_leads_somewhere() -> None:
    found = document()
    assert found["openapi"] == "3.1.0"
    for schema in found["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    text = json.dumps(found)
    referred = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= set(found["components"]["schemas"])


def test_names_of_operations_are_unique_and_headers_described() -> None:
    operations = [operation for path in document()["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    headers = {parameter["name"] for operation in operations for parameter in operation["parameters"] if parameter["in"] == "header"}
    assert headers == set(HEADERS)


async def test_the_served_document_is_the_same(api: Api) -> None:
    assert (await api.call("GET", "/openapi.json", token="")).body == document() == json.loads(json.dumps(openapi(routes)))


@pytest.mark.slow
async def test_a_fuzzer_finds_no_server_error_and_no_answer_that_is_not_described(api: Api, tmp_path: Path) -> None:
    """Schemathesis from outside, against the API as it is served."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{api.url}/openapi.json", *OPTIONS]
    command += ["--header", f"Authorization: Bearer {api.token}"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 100)
    assert process.returncode == 0, output.decode()[-6000:]
