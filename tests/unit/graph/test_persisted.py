"""Manifests of persisted documents: read when the gateway starts, and wrong ones stop it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from graphql import GraphQLError

from dcsim.errors import SettingsError
from dcsim.settings import Gateway
from graph.execution.persisted import Persisted, hash_of

ONE, OTHER = "{vault}", "{__typename}"


def manifest(path: Path, **documents: str) -> Path:
    path.write_text(json.dumps(documents))
    return path


def test_documents_of_all_manifests_are_known(tmp_path: Path) -> None:
    given = [
        manifest(tmp_path / "ui.json", **{"sha256:" + hash_of(ONE): ONE}),
        manifest(tmp_path / "reports.json", **{hash_of(OTHER): OTHER}),
    ]
    known = Persisted.of(Gateway(persisted=tuple(given)).persisted)
    assert known.text(None, hash_of(ONE), None) == ONE
    assert known.text(None, "sha256:" + hash_of(OTHER).upper(), None) == OTHER
    assert known.text("", None, {"persistedQuery": {"version": 1, "sha256Hash": hash_of(ONE)}}) == ONE


def test_what_no_manifest_has_is_not_found() -> None:
    with pytest.raises(GraphQLError) as refused:
        Persisted({}).text(None, hash_of(ONE), None)
    assert refused.value.extensions == {"code": "PERSISTED_QUERY_NOT_FOUND"}


@pytest.mark.parametrize("extensions", [None, {}, {"persistedQuery": 3}, {"persistedQuery": {"sha256Hash": 3}}])
def test_a_request_that_means_no_document_is_told_so(extensions: dict[str, object] | None) -> None:
    with pytest.raises(GraphQLError, match="no query"):
        Persisted({hash_of(ONE): ONE}).text(None, None, extensions)


@pytest.mark.parametrize("content", ["", "[]", '{"sha256:abc": 3}', '{"sha256:abc": "{vault}"}'])
def test_a_wrong_manifest_stops_the_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content)
    with pytest.raises(SettingsError):
        Persisted.of([path])


def test_a_manifest_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.json"):
        Persisted.of([tmp_path / "nowhere.json"])
