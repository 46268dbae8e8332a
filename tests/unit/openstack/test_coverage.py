"""The coverage page: what is declared stands in it."""

from __future__ import annotations

from emulators.openstack.compute.gone import GONE, gone
from emulators.openstack.coverage import page
from emulators.openstack.services import operations


def test_every_operation_has_its_line() -> None:
    lines = set(page().splitlines())
    for one in operations():
        if one.handler is not gone:
            action = f"`{one.action}`" if one.action else ""
            assert f"| {one.method} | `{one.template or '/'}` | {action} | {one.versions} | {one.quality} |" in lines


def test_what_is_gone_is_said_to_be_gone() -> None:
    (sentence,) = (line for line in page().splitlines() if line.startswith("Gone "))
    alive = {one.template for one in operations() if one.handler is not gone}
    assert all((f"`/v2.1{path}`" in sentence) is (f"/v2.1{path}" not in alive) for path in GONE)
