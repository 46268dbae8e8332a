"""What vCenter's managers describe: privileges, roles, counters, intervals."""

from __future__ import annotations

from emulators.vsphere.objects import SINGLETONS
from emulators.vsphere.soap import metadata
from emulators.vsphere.views.guest_os import GUEST_SYSTEMS, LINUX, OTHER, WINDOWS, guest_os
from emulators.vsphere.views.services.counters import COUNTERS
from emulators.vsphere.views.services.privileges import PRIVILEGES, ROLES, humanise
from tests.unit.vsphere.views.scene import Scene

ODD = {"Host.Config.Power Host.Inventory.EditCluster", "StoragLifecycle.View", "DirectPathProfileManager.Manage"}
"""Privileges in the metadata that no vCenter lists: a pair, a misspelling, and one that is newer than 8.0."""


def test_every_privilege_that_a_method_needs_is_listed() -> None:
    needed = {one.privilege for one in metadata.methods() if one.privilege} - ODD
    assert needed - {one.id for one in PRIVILEGES} == set()


def test_privileges_and_roles_are_named_once() -> None:
    ids = [one.id for one in PRIVILEGES]
    assert len(ids) == len(set(ids)) > 250
    assert len({role.id for role in ROLES}) == len({role.name for role in ROLES}) == len(ROLES)
    for role in ROLES:
        assert set(role.privileges) <= set(ids), role.name
        assert len(set(role.privileges)) == len(role.privileges), role.name


def test_system_roles_are_those_of_vcenter() -> None:
    system = {role.id: role.name for role in ROLES if role.system}
    assert system == {-1: "Admin", -2: "ReadOnly", -3: "View", -4: "Anonymous", -5: "NoAccess", -6: "NoCryptoAdmin"}
    admin, without = (next(role for role in ROLES if role.id == number) for number in (-1, -6))
    assert {one.partition(".")[0] for one in set(admin.privileges) - set(without.privileges)} == {"Cryptographer"}


def test_names_read_as_words() -> None:
    assert humanise("CreateFromExisting") == "Create from existing"
    assert humanise("CPUCount") == "CPU count"
    assert humanise("vService") == "V service"


def test_the_authorization_manager_tells_the_tables(scene: Scene) -> None:
    manager = scene.objects.singleton(SINGLETONS["AuthorizationManager"])
    assert len(scene.get(manager, "privilegeList")) == len(PRIVILEGES)
    assert [one.roleId for one in scene.get(manager, "roleList")] == [role.id for role in ROLES]
    assert {one.key for one in scene.get(manager, "description").privilege} == {one.id for one in PRIVILEGES}


def test_counters_have_the_ids_of_a_real_vcenter() -> None:
    names = {one.full_name: one.key for one in COUNTERS.values()}
    assert len(names) == len(COUNTERS) > 80
    assert names["cpu.usage.average"] == 2
    assert names["cpu.usagemhz.average"] == 6
    assert names["cpu.ready.summation"] == 12
    assert names["mem.usage.average"] == 24
    assert names["mem.consumed.average"] == 98
    assert names["disk.usage.average"] == 125
    assert names["net.usage.average"] == 143
    assert names["sys.uptime.latest"] == 155
    assert names["virtualDisk.read.average"] == 173


def test_the_performance_manager_tells_counters_and_intervals(scene: Scene) -> None:
    manager = scene.objects.singleton(SINGLETONS["PerfMgr"])
    assert [one.key for one in scene.get(manager, "perfCounter")] == sorted(COUNTERS)
    assert [(one.samplingPeriod, one.length) for one in scene.get(manager, "historicalInterval")] == [
        (300, 86_400),
        (1_800, 604_800),
        (7_200, 2_592_000),
        (86_400, 31_536_000),
    ]


def test_guest_systems_have_names_and_families() -> None:
    assert guest_os("debian12_64Guest").name == "Debian GNU/Linux 12 (64-bit)"
    assert guest_os("windows2019srv_64Guest").family == WINDOWS
    assert guest_os("someNewLinux64Guest") == ("someNewLinux64Guest", "someNewLinux64Guest", LINUX)
    assert guest_os("beOsGuest").family == OTHER
    assert all(one.id == key and one.name for key, one in GUEST_SYSTEMS.items())
