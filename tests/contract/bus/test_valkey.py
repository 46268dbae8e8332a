"""The private server: start, stop, orphans, damage, and errors that say what to do."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from dcsim.bus import Bus
from dcsim.errors import BusUnavailable
from dcsim.valkey import PrivateValkey
from tests.contract.bus.harness import eventually


async def test_data_survives_a_restart(tmp_path: Path) -> None:
    for expected in (None, b"yes"):
        server = PrivateValkey(tmp_path)
        await server.start()
        bus = await Bus.connect(server.url)
        async with bus.speaking() as redis:
            assert await redis.get("kept") == expected
            await redis.set("kept", "yes")
        await bus.close()
        await server.stop()
        assert server.pid is None


async def test_orphan_of_a_crash_is_stopped(tmp_path: Path) -> None:
    crashed = PrivateValkey(tmp_path)
    await crashed.start()
    orphan = crashed.pid
    heir = PrivateValkey(tmp_path)
    await heir.start()
    assert heir.pid not in {None, orphan}
    await eventually(lambda: crashed.pid is None)
    await heir.stop()


async def test_pid_of_another_process_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "valkey.pid").write_text(str(os.getpid()))
    server = PrivateValkey(tmp_path)
    await server.start()
    await server.stop()


async def test_server_is_restarted_when_it_dies(valkey: PrivateValkey, bus: Bus) -> None:
    keeping = asyncio.create_task(valkey.keep())
    killed = valkey.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    await eventually(lambda: answers(bus))
    assert valkey.pid not in {None, killed}
    keeping.cancel()


async def answers(bus: Bus) -> bool:
    try:
        await bus.ping()
    except BusUnavailable:
        return False
    return True


async def test_damaged_file_is_discarded(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").mkdir()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("this is no manifest\n")
    server = PrivateValkey(tmp_path)
    await server.start()
    bus = await Bus.connect(server.url)
    await bus.ping()
    await bus.close()
    await server.stop()


async def test_long_data_dir_gets_a_short_socket(tmp_path: Path) -> None:
    server = PrivateValkey(tmp_path / ("d" * 120))
    await server.start()
    assert len(server.url) < 110
    await server.stop()


async def test_unreachable_bus_says_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(BusUnavailable, match=r"does not answer .*bus\.url"):
        await Bus.connect(f"unix://{tmp_path}/none.sock")
    with pytest.raises(BusUnavailable, match="redis://HOST:PORT"):
        await Bus.connect("http://example.invalid")
