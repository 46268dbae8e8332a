"""How a thing of each kind is made to fail, for good: the commands that do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from dcsim.errors import NotSupported
from emulators.world.commands import Command
from emulators.world.decisions.components import FAULT_KINDS, InjectFault
from emulators.world.decisions.power import ReportMachine
from emulators.world.model import Cluster, Entity, Hypervisor, Power, Vm
from emulators.world.state import WorldState

CODES: Final = {
    "hypervisor": "host-crash",
    "blade": "blade-failure",
    "rack_server": "rack-server-failure",
    "chassis": "chassis-removed",
    "power_supply": "psu-failure",
    "fan": "fan-failure",
    "power_feed": "power-feed-loss",
    "fabric_interconnect": "fabric-interconnect-failure",
    "io_module": "io-module-failure",
    "fi_port": "link-down",
    "upstream_switch": "upstream-switch-failure",
    "storage_array": "array-failure",
    "lun": "lun-failure",
    "datastore": "datastore-inaccessible",
}
"""Kind → the fault that is its failure."""
assert set(CODES.values()) <= set(FAULT_KINDS)  # noqa: S101 - two tables that belong together


def _dies(_: WorldState, vm: Vm) -> list[Command]:
    return [ReportMachine(vm=vm.uid, power=Power.OFF, reason="failed in a trial")]


def _all_crash(state: WorldState, cluster: Cluster) -> list[Command]:
    return [InjectFault(code=CODES["hypervisor"], subject=host.uid) for host in state.where(Hypervisor, "cluster", cluster.uid)]


_OTHERWISE: Final[dict[str, Callable[[WorldState, Any], list[Command]]]] = {"vm": _dies, "cluster": _all_crash}


def failure_of(state: WorldState, subject: Entity) -> list[Command]:
    """The commands after which it has failed; raises NotSupported for a kind that nothing in the world breaks."""
    if subject.KIND in _OTHERWISE:
        return _OTHERWISE[subject.KIND](state, subject)
    if subject.KIND not in CODES:
        kinds = ", ".join(sorted({*CODES, *_OTHERWISE}))
        raise NotSupported(
            f"Nothing breaks a {subject.KIND.replace('_', ' ')} such as {subject.name}; what can fail is: {kinds}.", subject=subject.uid
        )
    return [InjectFault(code=CODES[subject.KIND], subject=subject.uid)]
