"""What vendors' clients change shows in the graph, with who did it by which client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cmdb.model import Ci, HistoryRow
from tests.clients.cmdb.conftest import ARGUMENTS
from tests.clients.cmdb.graph import row_of, seen
from tests.clients.harness import Datacenter, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SCRIPT = Path(__file__).parents[1] / "openstack" / "scripts" / "one_server.py"


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def datacenter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datacenter]:
    """One with each store, which these tests alone change."""
    if request.param == "neo4j":
        yield request.getfixturevalue("on_neo4j")
        return
    running = Datacenter(tmp_path_factory.mktemp("cmdb"), *ARGUMENTS)
    try:
        running.start()
        yield running
    finally:
        running.clear_away()


def power_is(row: HistoryRow, power: str) -> bool:
    """Whether the row says that power became so."""
    return bool(row.op == "updated" and row.after.get("attributes", {}).get("power") == power)


def test_a_vm_that_pyvmomi_powers_off(datacenter: Datacenter) -> None:
    from pyVmomi import vim

    from tests.clients.pyvmomi.session import all_of, connected, finish

    with connected(datacenter) as service:
        vm = next(one for one in all_of(service, vim.VirtualMachine) if one.runtime.powerState == "poweredOn")
        name = vm.name
        finish(vm.PowerOffVM_Task())
    row = row_of(datacenter, "VirtualMachine", name, lambda row: power_is(row, "off"))
    assert row.actor.principal.lower() == "vsphere.local\\administrator"
    assert (row.actor.api, row.actor.operation) == ("vsphere", "PowerOffVM_Task")
    assert row.actor.agent.startswith("pyvmomi")
    found, _ = seen(datacenter, "VirtualMachine", name)
    assert found is not None
    assert (found.attributes["power"], set(found.sources)) == ("off", {"vsphere"})


def test_a_server_that_openstacksdk_makes(datacenter: Datacenter, tmp_path: Path) -> None:
    from tests.clients.openstack.environment import OpenStack

    made = OpenStack(datacenter, tmp_path).python(SCRIPT)
    row = row_of(datacenter, "VirtualMachine", "sdk-made", lambda row: row.op == "created")
    assert (row.actor.principal, row.actor.api) == ("admin", "openstack")
    assert row.actor.agent.startswith("openstacksdk")
    ci = wait_until(lambda: known_to(datacenter, {"engine", "openstack"}), "Nova's server and the VM behind it are one CI", 60)
    assert ci is not None
    assert ci.attributes["instance_uuid"] == made["id"]
    assert "related" in {row.op for row in seen(datacenter, "VirtualMachine", "sdk-made")[1]}


def known_to(datacenter: Datacenter, sources: set[str]) -> Ci | None:
    """The server, once exactly these sources tell of it."""
    found, _ = seen(datacenter, "VirtualMachine", "sdk-made")
    return found if found and set(found.sources) == sources else None


def test_a_blade_that_ucsmsdk_powers_off(datacenter: Datacenter) -> None:
    from tests.clients.ucsmsdk.session import connected, door

    with connected(datacenter, door(datacenter, secure=False)) as ucs:
        profile = next(one for one in ucs.query_classid("lsServer") if one.assoc_state == "associated")
        blade = ucs.query_dn(profile.pn_dn)
        power = ucs.query_children(in_dn=profile.dn, class_id="lsPower")[0]
        power.state = "admin-down"
        ucs.set_mo(power)
        ucs.commit()
    name = next(
        one["name"] for one in datacenter.rest("GET", "/sim/entities/blade?limit=1000")["items"] if one["fields"]["serial"] == blade.serial
    )
    row = row_of(datacenter, "Blade", name, lambda row: power_is(row, "off"))
    assert (row.actor.principal, row.actor.api) == ("admin", "ucs")
    found, _ = seen(datacenter, "Blade", name)
    assert found is not None
    assert set(found.sources) == {"ucs", "vsphere"}
