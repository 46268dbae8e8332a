"""Say where our requests differ from the services' own, now; ``--write`` makes that the list of known differences.

    python -m tests.contract.openstack.differing [--write]

Lines that stay keep their reasons; new ones say that they wait to be looked at.
"""

from __future__ import annotations

import sys

from emulators.openstack.services import load
from tests.contract.openstack import attributes, comparing, test_attributes, test_requests
from tests.contract.openstack.oracle import asked
from tests.contract.openstack.test_requests import KNOWN, known

WAITING = "not yet as the service has it"


def differing() -> tuple[list[str], str]:
    """The labels of what differs, and the differences in words."""
    labels, words = [], []
    for service in load():
        if service.name == "neutron":
            found = attributes.differences(list(attributes.compared()))
            here, told = dict.fromkeys(one.label for one in found), test_attributes.told(found)
        elif service.name in asked.SERVICES:
            pairs = [pair for operation in service.operations for pair in comparing.pairs(operation)]
            others = comparing.differences(pairs) if pairs else []
            here, told = dict.fromkeys(one.pair.label for one in others), test_requests.told(others)
        else:
            continue
        labels += [f"{service.name} {label}" for label in here]
        words.append(f"== {service.name}\n{told}")
    return labels, "\n".join(words)


def main(arguments: list[str]) -> None:
    """Print, and write when that is wanted."""
    labels, words = differing()
    sys.stdout.write(f"{words}\n{len(labels)} operations or attributes differ\n")
    if "--write" in arguments:
        reasons = {f"{service} {label}": why for service in asked.SERVICES for label, why in known(service).items()}
        heading = [line for line in KNOWN.read_text().splitlines() if line.startswith("#")]
        KNOWN.write_text("\n".join([*heading, *(f"{label}: {reasons.get(label, WAITING)}" for label in labels)]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
