"""Alembic migrations, applied when the service opens its database."""
