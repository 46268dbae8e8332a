"""SQL for services: one asyncio database, in a SQLite file or on a PostgreSQL, with its migrations.

Importing this takes a fifth of a second (SQLAlchemy): services do it in a thread when they start.
"""

from dcsim.sql.database import Database, Refusal
from dcsim.sql.moments import Moment
from dcsim.sql.outbox import Outbox, outbox_table

__all__ = ["Database", "Moment", "Outbox", "Refusal", "outbox_table"]
