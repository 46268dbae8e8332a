"""The tests that a cloud is judged by, and those of them that are known to fail."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).with_name("names")
NETWORK = "tempest.api.network"
MOVED = {f"{NETWORK}.test_routers.RoutersTest.test_update_router_unset_gateway"}
"""Interop's names whose test Tempest now has among those that need an administrator."""
MOVED_TO = {f"{NETWORK}.admin.test_routers.RoutersAdminTest.test_update_router_unset_gateway"}
GONE = {"tempest.api.volume.test_snapshot_metadata.VolumesMetadataTest.test_update_snapshot_metadata"}
"""Interop's names that Tempest no longer has."""
COMPUTE = "tempest.api.compute.servers"
LOGIN_ONLY = {
    f"{COMPUTE}.test_attach_interfaces.AttachInterfacesUnderV243Test.test_add_remove_fixed_ip",
    f"{COMPUTE}.test_create_server.ServersTestJSON.test_host_name_is_same_as_server_name",
    f"{COMPUTE}.test_create_server.ServersTestJSON.test_verify_created_server_vcpus",
    "tempest.scenario.test_network_basic_ops.TestNetworkBasicOps.test_network_basic_ops",
}
"""Tests that need a guest: Tempest skips the first three where servers cannot be logged in to (one is smoke's, two are Interop's), and
the last pings a server and logs in to it whatever it is told."""


def interop(*, administrator: bool = True) -> tuple[str, ...]:
    """The required tests of OpenStack Powered Compute that exist: 227, or 226 that need no administrator."""
    kept = set(read("interop")) - MOVED - GONE
    return tuple(sorted(kept | MOVED_TO if administrator else kept))


def smoke() -> tuple[str, ...]:
    """What Tempest itself calls smoke: 107."""
    return read("smoke")


def without_logins(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a list that Tempest runs on servers without a guest, too."""
    return tuple(name for name in names if name not in LOGIN_ONLY)


def validated() -> tuple[str, ...]:
    """Those that log in to servers when they are told that they can; `LOGIN_ONLY` are among them."""
    return read("validated")


def known_failures() -> dict[str, str]:
    """Tests that do not pass, with the reason.  A test is on the list while it fails: the list only gets shorter."""
    lines = (line.partition(": ") for line in read("known_failures"))
    return {name: reason for name, _, reason in lines}


def read(name: str) -> tuple[str, ...]:
    """The lines of a list, without its comments."""
    lines = (FOLDER / f"{name}.txt").read_text().splitlines()
    return tuple(sorted(line for line in lines if line and not line.startswith("#")))
