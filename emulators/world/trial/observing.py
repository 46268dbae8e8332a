"""How well each thing works, judged by what the world is, and by nothing that anybody predicts.  Pure.

*Down* is what does not do its work; *degraded* is what does, after an interruption, over fewer paths, or without the redundancy that
it was built with.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any, Final, NamedTuple

from emulators.world import reach
from emulators.world.capacity import usable_hosts
from emulators.world.model import (
    Application,
    BladePower,
    BusinessService,
    Cluster,
    Connection,
    Datastore,
    Disk,
    Hypervisor,
    Port,
    Power,
    Server,
    Vm,
)
from emulators.world.servers import enclosure_of
from emulators.world.state import WorldState
from emulators.world.trial.hardware import HARDWARE, Health, Seen, enclosure_health, fine

__all__ = ["WATCHED", "Health", "Observer", "Seen"]


class Observer(NamedTuple):
    """Looks at one state of a world; ``lost`` are the VMs that went down with a host since one began to look."""

    state: WorldState
    lost: Container[str] = ()

    def all(self) -> dict[str, tuple[str, str, Seen]]:
        """uid → kind, name and health of everything that is watched."""
        found = {}
        for cls, look in _LOOKS.items():
            for entity in self.state.all(cls):
                found[entity.uid] = entity.KIND, entity.name, look(self, entity)
        return found


def _vm(it: Observer, vm: Vm) -> Seen:
    if vm.power is not Power.ON:
        return Seen(Health.DOWN, f"is {vm.power}")
    host = it.state.maybe(Hypervisor, vm.host)
    if host is not None and not host.running:
        return Seen(Health.DOWN, f"{host.name} does not run")
    for uid in (vm.datastore, *(disk.datastore for disk in it.state.where(Disk, "vm", vm.uid))):
        store = it.state.maybe(Datastore, uid)
        if store is not None and not store.accessible:
            return Seen(Health.DOWN, f"hangs: its files on {store.name} are not accessible")
    if vm.uid in it.lost:
        return Seen(Health.DEGRADED, f"was restarted on {host.name if host is not None else 'another host'}")
    cut = next((port for port in it.state.where(Port, "vm", vm.uid) if port.isolated and port.connected), None)
    return fine() if cut is None else Seen(Health.DEGRADED, f"{cut.name} is cut off from its segment")


def _hypervisor(it: Observer, host: Hypervisor) -> Seen:
    if not host.running:
        return Seen(Health.DOWN, reach.why_down(it.state, host) or "does not run")
    if host.connection is Connection.NOT_RESPONDING:
        return Seen(Health.DOWN, "does not respond")
    below = enclosure_health(it.state, enclosure_of(it.state, it.state.get(Server, host.blade)))
    return below if below.health is Health.DEGRADED else fine()


def _server(it: Observer, server: Server) -> Seen:
    below = enclosure_health(it.state, enclosure_of(it.state, server))
    if not (server.present and server.operable) or server.power is BladePower.OFF:
        return Seen(Health.DOWN, "is out of its place, off or inoperable")
    return below


def _cluster(it: Observer, cluster: Cluster) -> Seen:
    hosts = it.state.where(Hypervisor, "cluster", cluster.uid)
    if hosts and not usable_hosts(it.state, cluster):
        return Seen(Health.DOWN, "no host is left")
    gone = sum(1 for host in hosts if not host.running)
    return Seen(Health.DEGRADED, f"{gone} of {len(hosts)} hosts are gone") if gone else fine()


def _datastore(_: Observer, store: Datastore) -> Seen:
    return fine() if store.accessible else Seen(Health.DOWN, "is not accessible")


def _disk(it: Observer, disk: Disk) -> Seen:
    store = it.state.maybe(Datastore, disk.datastore)
    return fine() if store is None or store.accessible else Seen(Health.DOWN, f"{store.name} is not accessible")


def _application(it: Observer, application: Application) -> Seen:
    """In each tier, so many of its VMs as are needed (all, if that is more than there are) do their work."""
    worst = fine()
    for tier, uids in sorted(application.tiers.items()):
        states = [_vm(it, vm).health for uid in uids if (vm := it.state.maybe(Vm, uid)) is not None]
        working = sum(1 for one in states if one is not Health.DOWN)
        needed = min(application.needed.get(tier, 1), len(states))
        if working < needed:
            return Seen(Health.DOWN, f"{working} of {len(states)} VMs of tier {tier} work, {needed} are needed")
        if any(one is not Health.UP for one in states):
            worst = Seen(Health.DEGRADED, f"tier {tier} is not whole")
    return worst


def _service(it: Observer, service: BusinessService) -> Seen:
    found = [(one.name, _application(it, one).health) for one in it.state.all(Application) if service.uid in one.services]
    for health in (Health.DOWN, Health.DEGRADED):
        name = next((name for name, one in found if one is health), "")
        if name:
            return Seen(health, f"{name} is {health}")
    return fine()


def _below(look: Callable[[WorldState, Any], Seen]) -> Callable[[Observer, Any], Seen]:
    return lambda it, entity: look(it.state, entity)


_LOOKS: Final[dict[type[Any], Callable[[Observer, Any], Seen]]] = {
    **{cls: _below(look) for cls, look in HARDWARE.items()},
    **dict.fromkeys(Server.__subclasses__(), _server),
    Hypervisor: _hypervisor,
    Cluster: _cluster,
    Datastore: _datastore,
    Disk: _disk,
    Vm: _vm,
    Application: _application,
    BusinessService: _service,
}
WATCHED: Final = tuple(sorted(cls.KIND for cls in _LOOKS))
"""The kinds that are looked at."""
