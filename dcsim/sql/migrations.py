"""Bringing a database to the schema that the code expects, by the Alembic migrations that lie beside the code.

A service's migrations are files ``v0001_words.py`` in one package, with ``revision = "0001"``, ``down_revision`` the one before.
The database remembers its revision in a table of the service's own, so that several services can share one.
"""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from dcsim.errors import StoreCorrupt

LOCK = 0x6463_7369_6D  # "dcsim": of PostgreSQL's advisory locks


class Migrations:
    """The migrations in a package, for the service of that name."""

    def __init__(self, package: str, service: str) -> None:
        self._folder = Path(str(import_module(package).__file__)).parent
        self._table = f"{service}_schema"

    def revisions(self) -> list[str]:
        """All there are, oldest first."""
        return sorted(path.name[1:5] for path in self._folder.glob("v[0-9][0-9][0-9][0-9]_*.py"))

    def apply(self, connection: Connection) -> bool:
        """Run what is missing, inside the connection's transaction, one process at a time; whether anything was.

        Raises StoreCorrupt for a database that a newer dc-sim has changed.
        """
        wanted = self.revisions()
        if self._current(connection) == wanted[-1]:
            return False
        if connection.dialect.name == "postgresql":  # SQLite's transaction is exclusive already
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        current = self._current(connection)
        if current not in {None, *wanted}:
            raise StoreCorrupt(f"The database has the schema {current}, which this dc-sim does not know: a newer one made it.")
        self._upgrade(connection)
        return current != wanted[-1]

    def _current(self, connection: Connection) -> str | None:
        if not inspect(connection).has_table(self._table):
            return None
        return connection.execute(text(f"SELECT version_num FROM {self._table}")).scalar()  # noqa: S608 - the service's name

    def _upgrade(self, connection: Connection) -> None:
        # Imported here because a database that is up to date, which most are, needs none of it.
        from alembic.operations import Operations  # noqa: PLC0415
        from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
        from alembic.script import ScriptDirectory  # noqa: PLC0415

        logging.getLogger("alembic").setLevel(logging.WARNING)  # `Database` says that it migrated
        scripts = ScriptDirectory(str(self._folder), version_locations=[str(self._folder)])

        def steps(revision: Any, _context: MigrationContext) -> Any:
            return scripts._upgrade_revs("head", revision)  # what alembic.command.upgrade calls

        options = {"fn": steps, "version_table": self._table, "transactional_ddl": True}
        context = MigrationContext.configure(connection, opts=options)
        with Operations.context(context):
            context.run_migrations()
