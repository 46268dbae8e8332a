"""What services rely on, whatever the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from dcsim.errors import SettingsError, StoreCorrupt, StoreUnavailable
from dcsim.events import Envelope
from dcsim.sql import Database, Moment, Outbox, Refusal, outbox_table
from tests.contract.sql.conftest import MIGRATIONS
from tests.postgres_server import missing, postgres_server

METADATA = sa.MetaData()
THINGS = sa.Table(
    "things", METADATA, sa.Column("name", sa.String(40), primary_key=True), sa.Column("made", Moment), sa.Column("number", sa.Integer)
)
OUTBOX = outbox_table(METADATA, "things_outbox")
NOW = datetime(2026, 11, 23, 12, 30, 1, 999999, tzinfo=UTC)


async def names(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.execute(sa.select(THINGS.c.name).order_by(THINGS.c.name))).scalars())


async def add(database: Database, *added: str) -> None:
    async with database.write() as connection:
        for name in added:
            await connection.execute(sa.insert(THINGS).values(name=name, made=NOW, number=0))


async def test_times_keep_zone_and_microseconds(database: Database) -> None:
    await add(database, "a")
    async with database.read() as connection:
        earlier = THINGS.c.made < NOW + timedelta(microseconds=1)
        assert (await connection.execute(sa.select(THINGS.c.made).where(earlier))).scalar_one() == NOW


async def test_what_fails_changes_nothing(database: Database) -> None:
    async def broken() -> None:
        async with database.write() as connection:
            await connection.execute(sa.insert(THINGS).values(name="a", made=NOW, number=0))
            raise LookupError

    with pytest.raises(LookupError):
        await broken()
    with pytest.raises(Refusal):
        await add(database, "b", "b")
    assert await names(database) == []


async def test_read_then_write_loses_no_update(database: Database) -> None:
    await add(database, "counter")

    async def increase() -> None:
        async with database.write() as connection:
            query = sa.select(THINGS.c.number).where(THINGS.c.name == "counter").with_for_update()
            found = (await connection.execute(query)).scalar_one()
            await connection.execute(sa.update(THINGS).values(number=found + 1))

    await asyncio.gather(*(increase() for _ in range(20)))
    async with database.read() as connection:
        assert (await connection.execute(sa.select(THINGS.c.number))).scalar_one() == 20


async def test_many_open_an_empty_database_at_once(url: str) -> None:
    several = [Database(url, migrations=MIGRATIONS, service="things") for _ in range(4)]
    await asyncio.gather(*(one.open() for one in several))
    await add(several[0], "a")
    assert await names(several[3]) == ["a"]
    for one in several:
        await one.close()


async def test_migrations_run_once_and_keep_the_data(url: str, database: Database) -> None:
    await add(database, "a")
    again = Database(url, migrations=MIGRATIONS, service="things")
    await again.open()
    assert await names(again) == ["a"]
    async with again.write() as connection:
        await connection.execute(sa.text("UPDATE things_schema SET version_num = '0009'"))
    with pytest.raises(StoreCorrupt, match="newer"):
        await again.open()
    await again.close()


async def test_outbox_commits_with_the_change_in_one_order(database: Database) -> None:
    outbox = Outbox(database, OUTBOX)
    epoch = await outbox.epoch()

    async def change(number: int) -> None:
        async with database.write() as connection:
            await outbox.add(connection, [event(number)])
            if number % 3 == 0:
                raise LookupError

    await asyncio.gather(*(change(number) for number in range(9)), return_exceptions=True)
    found = await outbox.read(0, 100)
    assert sorted(one.id for one in found) == ["e1", "e2", "e4", "e5", "e7", "e8"]
    assert [one.sequence for one in found] == sorted({one.sequence for one in found})
    assert [one.id for one in await outbox.read(found[1].sequence, 2)] == [one.id for one in found[2:4]]
    await outbox.trim(found[-1].sequence)
    await change(10)
    [last] = await outbox.read(0, 100)
    assert last.sequence > found[-1].sequence
    assert await outbox.epoch() == epoch


def event(number: int) -> Envelope:
    return Envelope(
        id=f"e{number}", source="/t", type="dcsim.things.thing.made", subject=str(number), sequence=0, time=NOW, simulated_time=NOW
    )


async def test_says_when_it_is_away_and_comes_back() -> None:
    if why := missing():
        pytest.skip(why)
    with postgres_server() as server:
        database = Database(server.database(), migrations=MIGRATIONS, service="things")
        await database.open()
        assert (await database.check()).ok
    with pytest.raises(StoreUnavailable):
        await add(database, "a")
    assert not (await database.check()).ok
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        await database.open()
    await database.close()


async def test_a_server_that_cut_its_clients_costs_nobody_an_error(database: Database) -> None:
    if database.embedded:
        pytest.skip("a file has no server")
    await add(database, "a")
    async with database.write() as connection:
        await connection.execute(
            sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'dcsim'")
        )
    assert await names(database) == ["a"]


async def test_a_damaged_file_is_told_from_a_full_disk(tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"not a database " * 1000)
    bad = Database(f"sqlite:///{tmp_path}/bad.db", migrations=MIGRATIONS, service="things")
    with pytest.raises(StoreCorrupt):
        await bad.open()
    await bad.close()
    good = Database(f"sqlite:///{tmp_path}/good.db", migrations=MIGRATIONS, service="things")
    await good.open()
    async with good.write() as connection:
        await connection.execute(sa.text("PRAGMA max_page_count = 20"))
    with pytest.raises(StoreUnavailable, match="full"):
        await add(good, *(f"{number:040}" for number in range(2000)))
    assert await names(good) == []
    await good.close()


@pytest.mark.parametrize("wrong", ["mysql://u:p@h/d", "nothing", "postgresql://u:p@h", "sqlite://"])
def test_other_urls_are_refused(wrong: str) -> None:
    with pytest.raises(SettingsError):
        Database(wrong, migrations=MIGRATIONS, service="things")


def test_no_password_is_shown() -> None:
    database = Database("postgresql://u:geheim@h/d", migrations=MIGRATIONS, service="things")
    assert database.place == "postgresql://u:***@h/d"
