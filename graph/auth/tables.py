"""The tables, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, String, Table

from dcsim.sql import Moment

METADATA = MetaData()

USERS = Table(
    "auth_users",
    METADATA,
    Column("name", String, primary_key=True),
    Column("kind", String),
    Column("role", String),
    Column("full_name", String),
    Column("password", String),
    Column("initial", Boolean),
    Column("enabled", Boolean),
    Column("created", Moment),
    Column("version", Integer),
)
SESSIONS = Table(
    "auth_sessions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("user", String),
    Column("created", Moment),
    Column("used", Moment),
    Column("expires", Moment),
    Column("ended", Moment),
    Column("address", String),
    Column("agent", String),
)
REFRESH = Table(
    "auth_refresh",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("session", String),
    Column("expires", Moment),
    Column("used", Moment),
)
TOKENS = Table(
    "auth_tokens",
    METADATA,
    Column("id", String, primary_key=True),
    Column("user", String),
    Column("title", String),
    Column("digest", String),
    Column("scopes", String),
    Column("created", Moment),
    Column("creator", String),
    Column("expires", Moment),
    Column("used", Moment),
    Column("revoked", Moment),
)
FAILURES = Table(
    "auth_failures",
    METADATA,
    Column("subject", String, primary_key=True),
    Column("failures", Integer),
    Column("last", Moment),
    Column("until", Moment),
)
AUDIT = Table(
    "auth_audit",
    METADATA,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("time", Moment),
    Column("principal", String),
    Column("action", String),
    Column("target", String),
    Column("status", Integer),
    Column("address", String),
    Column("agent", String),
    Column("request_id", String),
    Column("detail", String),
)
