"""What attributes of Neutron's take, form by form."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.openstack.network.values import Unfit, domain, mac


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("00:11:22:AA:BB:CC", "00:11:22:aa:bb:cc"),
        ("00-11-22-aa-bb-cc", "00:11:22:aa:bb:cc"),
        ("0:1:2:a:b:c", "00:01:02:0a:0b:0c"),
        ("0011.22aa.bbcc", "00:11:22:aa:bb:cc"),
        ("001122-aabbcc", "00:11:22:aa:bb:cc"),
        ("001122aabbcc", "00:11:22:aa:bb:cc"),
        ("1122334455", "00:00:42:e5:76:f7"),
        (12, "00:00:00:00:00:0c"),
    ],
)
def test_hardware_addresses_are_read_in_every_usual_form(given: Any, read: str) -> None:
    assert mac(given) == read


@pytest.mark.parametrize(
    "given", ["", "x", "00:11:22:33:44", "00-11:22-33-44-55", "01:00:00:00:00:01", 0, -1, 1 << 48, True, 1.5, None, []]
)
def test_what_is_no_hardware_address_of_a_card_is_refused(given: Any) -> None:
    with pytest.raises(Unfit):
        mac(given)


@pytest.mark.parametrize("given", ["10.0.0.5", "host.1", "a..b", "-a", "a-"])
def test_addresses_and_broken_names_are_no_dns_names(given: str) -> None:
    with pytest.raises(Unfit):
        domain(given)


@pytest.mark.parametrize("given", ["", "1", "Host-1.example.", "a.b1"])
def test_dns_names_are_kept_in_lower_case(given: str) -> None:
    assert domain(given) == given.lower()
