"""Persisted documents: clients that are built with their queries send the hash, not the text.

A manifest is a JSON object of ``sha256:<hex>`` (or the bare hex) to the document's text.  A request names one as ``documentId``, or as
``extensions.persistedQuery.sha256Hash``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from graphql import GraphQLError

from dcsim.errors import SettingsError
from graph.execution.errors import BAD_INPUT

NOT_FOUND: Final = "PERSISTED_QUERY_NOT_FOUND"
PREFIX: Final = "sha256:"


class Persisted:
    """The documents that are known by their hash."""

    def __init__(self, documents: Mapping[str, str] | None = None) -> None:
        """Raises SettingsError for a text that does not have its hash."""
        self._texts = {name.removeprefix(PREFIX): text for name, text in (documents or {}).items()}
        for name, text in self._texts.items():
            if hash_of(text) != name:
                raise SettingsError(f"The manifest of persisted documents is wrong: {PREFIX}{name} is the hash of another text.")

    @classmethod
    def of(cls, files: Iterable[Path]) -> Persisted:
        """Those of manifests in files.  Raises SettingsError."""
        found: dict[str, str] = {}
        for path in files:
            try:
                found |= msgspec.json.decode(path.read_bytes(), type=dict[str, str])
            except (OSError, msgspec.DecodeError) as error:
                raise SettingsError(f"The manifest {path} cannot be read ({error}); it is a JSON object of hashes to documents.") from error
        return cls(found)

    def text(self, query: str | None, document_id: str | None, extensions: Mapping[str, Any] | None) -> str:
        """The document that a request means.  Raises GraphQLError when it names one that is not there, or none."""
        named = document_id or _apollo(extensions)
        if named is None:
            if not query:
                raise GraphQLError("The request has no query.", extensions={"code": BAD_INPUT})
            return query
        wanted = named.removeprefix(PREFIX).lower()
        if query:
            if hash_of(query) != wanted:
                raise GraphQLError("The query does not have the hash that came with it.", extensions={"code": BAD_INPUT})
            return query
        if wanted not in self._texts:
            raise GraphQLError("PersistedQueryNotFound", extensions={"code": NOT_FOUND})
        return self._texts[wanted]


def hash_of(text: str) -> str:
    """The name of a document."""
    return hashlib.sha256(text.encode()).hexdigest()


def _apollo(extensions: Mapping[str, Any] | None) -> str | None:
    given = (extensions or {}).get("persistedQuery")
    named = given.get("sha256Hash") if isinstance(given, dict) else None
    return named if isinstance(named, str) else None
