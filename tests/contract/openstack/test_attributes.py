"""Neutron has attributes where the others have schemas: ours take and refuse what its own do."""

from __future__ import annotations

import json

import pytest

from emulators.openstack.services import load
from tests.contract.openstack.attributes import Difference, compared, differences
from tests.contract.openstack.oracle import asked
from tests.contract.openstack.test_requests import SHOWN, known

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def told(found: list[Difference]) -> str:
    """Differences by resource: how many, and the first few."""
    lines = []
    for label in dict.fromkeys(one.label for one in found):
        some = [one for one in found if one.label == label]
        lines.append(f"{label}: {len(some)}")
        lines += [
            f"    {'we accept, they refuse' if one.ours else 'we refuse, they accept'} {json.dumps(one.instance)[:300]}"
            for one in some[:SHOWN]
        ]
    return "\n".join(lines)


def test_attributes_are_taken_and_refused_as_neutron_does() -> None:
    asked.installed()
    load()
    pairs = list(compared())
    if not pairs:
        pytest.skip("no resource of neutron's is made or changed yet")
    found, excused = differences(pairs), known("neutron")
    unexpected = [one for one in found if one.label not in excused]
    assert not unexpected, f"{len({one.label for one in unexpected})} of {len(pairs)} differ:\n{told(unexpected)}"
    agreeing = excused.keys() - {one.label for one in found}
    assert not agreeing, "these agree: take them off the list"
