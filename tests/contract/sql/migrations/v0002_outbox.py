"""An outbox, and a number for things."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from dcsim.sql import outbox_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the outbox, widen the table."""
    op.add_column("things", sa.Column("number", sa.Integer, nullable=False, server_default="0"))
    outbox_table(sa.MetaData(), "things_outbox").create(op.get_bind())
