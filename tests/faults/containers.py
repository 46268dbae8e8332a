"""Containers beside the inventory: what `docker ps` says against what the engine's API says."""

from __future__ import annotations

import time

from emulators.machines.docker import naming
from tests.clients.harness import Datacenter

IN_LINE_SECONDS = 10.0
"""How long containers may differ from the inventory, once dc-sim and the engine are both there."""
ABSENT = "absent"
MAY_BE = {"on": {"running"}, "suspended": {"paused"}, "off": {"exited", "created"}}
"""States of a VM's container, by the VM's power."""


def containers(datacenter: Datacenter) -> list[tuple[str, str]]:
    """The VM's uid and the state of each container that is labelled with one, stopped ones included."""
    form = f'{{{{.Label "{naming.VM}"}}}} {{{{.State}}}}'
    lines = datacenter.docker("ps", "--all", "--filter", f"label={naming.VM}", "--format", form).splitlines()
    return [(uid, state) for uid, state in map(str.split, lines)]


def disagreements(datacenter: Datacenter, *removed: str) -> list[str]:
    """Where containers and VMs differ: a wrong state, a container of nobody's, two of one VM's, none.

    ``removed`` are uids of VMs that are off because their containers were removed.
    """
    found = containers(datacenter)
    states = dict(found)
    vms = {one["uid"]: one for one in datacenter.rest("GET", "/sim/vms?limit=1000")["items"]}
    wrong = [f"{uid} has two containers" for uid, _ in set(found) if [other for other, _ in found].count(uid) > 1]
    wrong += [f"the container of {uid} is {state}, and there is no such VM" for uid, state in found if uid not in vms]
    for uid, vm in vms.items():
        state = states.get(uid, ABSENT)
        may_be = MAY_BE[vm["power"]] | ({ABSENT} if vm["power"] != "on" and (not vm["machine"] or uid in removed) else set())
        if vm["machine"] != "simulated" and state not in may_be:
            wrong.append(f"{vm['name']} is {vm['power']}, its container {state}")
    return wrong


def until_agreed(datacenter: Datacenter, *removed: str) -> None:
    """Wait until containers and VMs are the same; fails with where they differ after 10 s."""
    deadline = time.monotonic() + IN_LINE_SECONDS
    while (wrong := disagreements(datacenter, *removed)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not wrong, wrong
