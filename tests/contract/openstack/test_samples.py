"""The services' samples: each stands where the table says, and what they send us is taken."""

from __future__ import annotations

import pytest

from emulators.openstack.microversions import Version
from emulators.openstack.services import load
from emulators.openstack.validation import fits
from tests.contract.openstack import samples
from tests.contract.openstack.comparing import in_force
from tests.contract.openstack.oracle import asked
from tests.contract.openstack.oracle.asked import Case
from tests.contract.openstack.samples import Place, Sample, misshapen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.usefixtures("samples")]
FIRST = {"nova": (2, 1), "cinder": (3, 0), "placement": (1, 0)}
INDEXED = 770
"""So many samples at least belong to an operation that is known."""
OUTDATED = {
    "keystone/v3/samples/admin/credential-update-request.json": "names attributes that an update may not",
    "nova/servers/v2.90/server-create-req.json": "injects files, which ended with 2.57",
    "nova/servers/v2.94/server-create-req.json": "injects files, which ended with 2.57",
    "nova/os-keypairs/v2.92/keypairs-post-req.json": "has no public key, which 2.92 asks for",
    "nova/os-server-external-events/event-create-req.json": "has an event that is an example",
    "cinder/v3/samples/host-attach-request.json": "has no mount point",
    "placement/resource_providers/create-resource_providers-request.json": "for a later microversion than its name says",
    "placement/resource_providers/update-resource_provider-request.json": "for a later microversion than its name says",
    "placement/allocations/update-allocations-request.json": "names a project and a user, which came with 1.8",
}
"""Samples that the services' own schemas refuse, and why."""
REFUSED = {"keystone/v3/samples/admin/policy-update-request.json": "has an object for the text that a blob is"}
"""The same by schemas that a service keeps where the oracle does not find them."""


def placed() -> list[tuple[Place, Sample]]:
    """Every sample with its operation."""
    asked.installed()
    return [(place, one) for place, some in samples.index().items() for one in some]


def test_most_samples_are_found() -> None:
    assert len(placed()) >= INDEXED


@pytest.mark.parametrize("service", [name for name in asked.SERVICES if name != "neutron"])
def test_the_services_own_schemas_take_their_samples(service: str) -> None:
    cases, names = [], []
    for place, one in placed():
        version = one.version or FIRST.get(service)
        if place.service == service and (entry := asked.find(service, place.method, place.path, place.action, one.kind, version)):
            cases.append(Case(entry.key, [one.content]))
            names.append(one.file)
    assert cases
    refused = {name for name, (accepted,) in zip(names, asked.judge(service, cases), strict=True) if not accepted}
    assert refused == {name for name in OUTDATED if name.startswith(f"{service}/")}


@pytest.mark.parametrize("name", asked.SERVICES)
def test_our_schemas_take_the_samples(name: str) -> None:
    tried, refused = 0, []
    (service,) = (one for one in load() if one.name == name)
    for operation in service.operations:
        for one in samples.of(name, operation.method, operation.path, operation.action):
            version = Version(*(one.version or FIRST.get(name, (0, 0))))
            schema = in_force(operation.body, version)
            served = service.microversions
            if served is not None and not (version in operation.held and served.lowest <= version <= served.highest):
                continue
            if one.kind != "body" or schema is None or one.file in OUTDATED | REFUSED:
                continue
            tried += 1
            if not fits(schema, one.content[operation.action] if operation.action else one.content):
                refused.append(f"{operation.method} {operation.path} {operation.action} at {version}: {one.file}")
    if not tried:
        pytest.skip(f"no request of {name}'s has both a schema and a sample yet")
    assert refused == []


def test_what_is_not_as_a_sample_has_it_is_named() -> None:
    sample = {"a": 1, "b": [{"c": "x", "d": None}], "e": {}}
    assert misshapen(sample, {"a": 2.5, "b": [{"c": "y", "d": 5}, {"c": None, "d": 1}], "e": {}}) == []
    assert misshapen(sample, {"a": "1", "b": [{"c": True}], "f": 1}) == [
        ".a: string, not number",
        ".b[].c: boolean, not string",
        ".b[].d: missing",
        ".e: missing",
        ".f: unknown",
    ]
