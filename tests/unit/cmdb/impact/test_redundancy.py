"""Groups of what stands in for one another, and what CIs stand on within some steps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cmdb.impact.ancestry import ancestors_of
from cmdb.impact.redundancy import redundancy_of
from cmdb.stores.embedded import EmbeddedStore
from dcsim.errors import NotFound
from tests.unit.cmdb.impact.plant import datacenter


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """Yield a store with a datacenter in it."""
    opened = EmbeddedStore(tmp_path / "cmdb.db")
    await opened.open()
    await datacenter().into(opened)
    yield opened
    await opened.close()


async def test_each_kind_of_group_says_how_many_may_still_fail(store: EmbeddedStore) -> None:
    found = await redundancy_of(store, ["chassis-0-psu-0", "vm-0-0", "vm-0-1", "host-0", "lun"])
    told = {
        uid: [(one.dependant.name, one.rule, one.name, len(one.up), one.needed, one.may_fail) for one in of] for uid, of in found.items()
    }
    assert told == {
        "chassis-0-psu-0": [("chassis-0", "ANY_OF", "power", 4, 1, 3)],
        "vm-0-0": [("web", "K_OF_N", "front", 2, 1, 1)],
        "vm-0-1": [("web", "K_OF_N", "store", 2, 2, 0)],
        "host-0": [("cluster", "CAPACITY", "hosts", 4, 1, 3)],
        "lun": [],
    }


async def test_what_is_planned_is_no_redundancy(store: EmbeddedStore) -> None:
    (group,) = (await redundancy_of(store, ["host-0"], spent=["host-1"]))["host-0"]
    assert ([one.name for one in group.down], group.may_fail) == (["host-1"], 2)
    with pytest.raises(NotFound):
        await redundancy_of(store, ["nothing"])


async def test_ancestors_are_counted_from_the_nearest(store: EmbeddedStore) -> None:
    near = {one.ci.name: one.hops for one in (await ancestors_of(store, ["shop", "host-0"], 2))["shop"]}
    assert near["web"] == 1
    assert near["vm-0-0"] == 2
    assert "host-0" not in near
    far = {one.ci.name: one.hops for one in (await ancestors_of(store, ["host-0"], 20))["host-0"]}
    assert (far["blade-0"], far["chassis-0"], far["feed-A"]) == (1, 2, 4)
