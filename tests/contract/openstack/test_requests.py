"""Our schemas of requests beside those of the services themselves: they accept and refuse the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulators.openstack.services import load
from tests.contract.openstack.comparing import Difference, differences, pairs
from tests.contract.openstack.oracle import asked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
KNOWN = Path(__file__).with_name("differences.txt")
SHOWN = 3


def known(service: str) -> dict[str, str]:
    """Operations that are known to accept something else, with the reason; the list only gets shorter."""
    lines = [line.partition(": ") for line in KNOWN.read_text().splitlines() if line and not line.startswith("#")]
    return {label.removeprefix(f"{service} "): reason for label, _, reason in lines if label.startswith(f"{service} ")}


def told(found: list[Difference]) -> str:
    """Differences by operation: how many, and the first few."""
    by_operation: dict[str, list[Difference]] = {}
    for one in found:
        by_operation.setdefault(one.pair.label, []).append(one)
    lines = []
    for label, some in by_operation.items():
        lines.append(f"{label}: {len(some)}")
        for one in some[:SHOWN]:
            verdict = "we accept, they refuse" if one.ours else "we refuse, they accept"
            lines.append(f"    at {one.pair.version or 'any version'} {verdict} {json.dumps(one.instance)[:300]}")
    return "\n".join(lines)


@pytest.mark.parametrize("name", [name for name in asked.SERVICES if name != "neutron"])
def test_requests_are_taken_and_refused_as_the_service_does(name: str) -> None:
    asked.installed()
    (service,) = (one for one in load() if one.name == name)
    compared = [pair for operation in service.operations for pair in pairs(operation)]
    if not compared:
        pytest.skip(f"no request of {name}'s has a schema to compare yet")
    found, excused = differences(compared), known(name)
    unexpected = [one for one in found if one.pair.label not in excused]
    assert not unexpected, f"{len({one.pair.label for one in unexpected})} of {len(compared)} schemas differ:\n{told(unexpected)}"
    agreeing = excused.keys() - {one.pair.label for one in found}
    assert not agreeing, "these agree: take them off the list"
