"""What a CI stands on, and what of it nothing stands in for."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmdb.impact import needs_of
from cmdb.stores.embedded import EmbeddedStore
from dcsim.errors import NotFound
from tests.unit.cmdb.impact.plant import datacenter


async def test_single_points_of_failure_are_those_without_a_stand_in(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "cmdb.db")
    await store.open()
    await datacenter().into(store)
    found = await needs_of(store, "web")
    assert found.state == "up"
    assert {one.name for one in found.single_points} == {"array", "lun", "datastore", "vm-0-1", "vm-1-1"}
    by_name = {one.ci.name: one for one in found.needs}
    assert {"feed-A", "feed-B", "switch-A", "chassis-0", "host-1", "network"} <= set(by_name)
    assert by_name["host-0"].if_lost == "degraded"  # its VMs restart
    assert by_name["fi-A"].if_lost == "up"
    assert by_name["network"].if_lost == "degraded"
    with pytest.raises(NotFound):
        await needs_of(store, "nowhere")
    await store.close()


async def test_without_high_availability_every_host_of_a_full_tier_is_a_single_point(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "cmdb.db")
    await store.open()
    await datacenter(ha=False).into(store)
    single = {one.name for one in (await needs_of(store, "shop")).single_points}
    assert {"host-0", "host-1", "blade-0", "chassis-1", "web"} <= single
    assert not {"feed-A", "fi-B", "vm-0-0", "host-2"} & single
    await store.close()
