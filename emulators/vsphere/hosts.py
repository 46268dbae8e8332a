"""What operators do to hosts, as tasks: maintenance mode with evacuation, connection, reboot and shutdown."""

from __future__ import annotations

from typing import ClassVar

from dcsim.errors import InsufficientResources, InvalidState
from emulators.world import placement
from emulators.world.commands import Effect, Operation, begins, finishes
from emulators.world.decide import Decision
from emulators.world.decisions import components, hosts, operations, timers
from emulators.world.decisions.vms import VM_MOVED
from emulators.world.model import BladePower, Cluster, Connection, Hypervisor, Power, Vm
from emulators.world.timing import HOST_BOOT_SECONDS


class HostOperation(Operation, frozen=True, kw_only=True):
    """Something done to a host."""

    SUBJECT: ClassVar[str] = "host"
    host: str


class EnterMaintenance(HostOperation, frozen=True, kw_only=True, tag="vsphere.enter_maintenance"):
    """Empty the host, by DRS where the cluster has it, and let it take no VMs; with ``powered_off``, VMs that are off leave too."""

    LABEL: ClassVar[str] = "Enter maintenance mode"
    SECONDS: ClassVar[float] = 30.0
    powered_off: bool = False


class ExitMaintenance(HostOperation, frozen=True, kw_only=True, tag="vsphere.exit_maintenance"):
    """Let the host take VMs again."""

    LABEL: ClassVar[str] = "Exit maintenance mode"


class DisconnectHost(HostOperation, frozen=True, kw_only=True, tag="vsphere.disconnect_host"):
    """Stop managing the host; what runs on it goes on."""

    LABEL: ClassVar[str] = "Disconnect host"


class ReconnectHost(HostOperation, frozen=True, kw_only=True, tag="vsphere.reconnect_host"):
    """Manage the host again."""

    LABEL: ClassVar[str] = "Reconnect host"
    SECONDS: ClassVar[float] = 5.0


class RebootHost(HostOperation, frozen=True, kw_only=True, tag="vsphere.reboot_host"):
    """Start the host again; ``force`` does so while VMs run on it, and takes them down."""

    LABEL: ClassVar[str] = "Initiate host reboot"
    force: bool = False


class ShutdownHost(HostOperation, frozen=True, kw_only=True, tag="vsphere.shutdown_host"):
    """Switch the host's blade off; ``force`` does so while VMs run on it, and takes them down."""

    LABEL: ClassVar[str] = "Initiate host shutdown"
    force: bool = False


# -- maintenance --------------------------------------------------------------------------------------------------------------


@begins(EnterMaintenance)
def begin_enter(decision: Decision, operation: EnterMaintenance) -> None:
    """Try it, and take it back."""
    _require_connected(decision.get(Hypervisor, operation.host))
    decision.rehearse(lambda: finish_enter(decision, operation, Effect()))


@finishes(EnterMaintenance, effect=False)
def finish_enter(decision: Decision, operation: EnterMaintenance, _: Effect) -> None:
    """The host is empty and in maintenance mode."""
    host = decision.get(Hypervisor, operation.host)
    for vm in decision.state.where(Vm, "host", host.uid):
        if vm.power is not Power.OFF or (operation.powered_off and host.cluster):
            _evacuate(decision, host, vm)
    hosts.set_maintenance(decision, hosts.SetMaintenance(host=host.uid, maintenance=True))


def _evacuate(decision: Decision, host: Hypervisor, vm: Vm) -> None:
    cluster = decision.state.maybe(Cluster, host.cluster)
    if vm.power is not Power.OFF and (cluster is None or not cluster.drs.enabled or cluster.drs.automation != "fullyAutomated"):
        raise InvalidState(f"{vm.name} runs on {host.name}, and nothing moves it away: move it or power it off first.", subject=host.uid)
    if cluster is None:
        return
    operations.require_free(decision, vm.uid, vm.name)
    try:
        target = placement.choose_host(decision.state, cluster, vm, exclude={host.uid})
    except InsufficientResources as error:
        raise InvalidState(f"{vm.name} cannot leave {host.name}: {error.message}", subject=host.uid) from error
    decision.update(VM_MOVED, vm, host=target.uid, detail={"from": host.name, "to": target.name, "by": "drs"})


@begins(ExitMaintenance)
def begin_exit(decision: Decision, operation: ExitMaintenance) -> None:
    """Try it, and take it back."""
    decision.rehearse(lambda: finish_exit(decision, operation, Effect()))


@finishes(ExitMaintenance, effect=False)
def finish_exit(decision: Decision, operation: ExitMaintenance, _: Effect) -> None:
    """The host takes VMs again."""
    hosts.set_maintenance(decision, hosts.SetMaintenance(host=operation.host, maintenance=False))


# -- connection ---------------------------------------------------------------------------------------------------------------


@begins(DisconnectHost)
def begin_disconnect(decision: Decision, operation: DisconnectHost) -> None:
    """A host that is disconnected already cannot be."""
    host = decision.get(Hypervisor, operation.host)
    if host.connection is Connection.DISCONNECTED:
        raise InvalidState(f"{host.name} is disconnected.", subject=host.uid, field="host", existing=host.connection)


@finishes(DisconnectHost, effect=False)
def finish_disconnect(decision: Decision, operation: DisconnectHost, _: Effect) -> None:
    """The host is on its own."""
    hosts.set_connection(decision, hosts.SetConnection(host=operation.host, connected=False))


@begins(ReconnectHost)
def begin_reconnect(decision: Decision, operation: ReconnectHost) -> None:
    """The host must not be connected, and must answer."""
    host = decision.get(Hypervisor, operation.host)
    if host.connection is Connection.CONNECTED:
        raise InvalidState(f"{host.name} is connected.", subject=host.uid, field="host")
    decision.rehearse(lambda: finish_reconnect(decision, operation, Effect()))


@finishes(ReconnectHost, effect=False)
def finish_reconnect(decision: Decision, operation: ReconnectHost, _: Effect) -> None:
    """The host is managed again."""
    hosts.set_connection(decision, hosts.SetConnection(host=operation.host, connected=True))


# -- power --------------------------------------------------------------------------------------------------------------------


@begins(RebootHost)
def begin_reboot(decision: Decision, operation: RebootHost) -> None:
    """Only in maintenance mode, unless forced."""
    _require_idle(decision.get(Hypervisor, operation.host), force=operation.force)


@finishes(RebootHost, effect=False)
def finish_reboot(decision: Decision, operation: RebootHost, _: Effect) -> None:
    """The host is down, and will be up when it has booted."""
    host = decision.get(Hypervisor, operation.host)
    decision.update(hosts.HOST_FAILED, host, running=False, booted=None, detail={"reason": "the host reboots"})
    hosts.declare_not_responding(decision, hosts.DeclareNotResponding(host=host.uid))
    timers.later(decision, host.uid, HOST_BOOT_SECONDS, hosts.BootHost(host=host.uid))


@begins(ShutdownHost)
def begin_shutdown(decision: Decision, operation: ShutdownHost) -> None:
    """Only in maintenance mode, unless forced."""
    _require_idle(decision.get(Hypervisor, operation.host), force=operation.force)


@finishes(ShutdownHost, effect=False)
def finish_shutdown(decision: Decision, operation: ShutdownHost, _: Effect) -> None:
    """The blade is off; that the host is down follows."""
    blade = decision.get(Hypervisor, operation.host).blade
    components.set_blade_power(decision, components.SetBladePower(blade=blade, power=BladePower.OFF))


def _require_idle(host: Hypervisor, *, force: bool) -> None:
    _require_connected(host)
    if not host.maintenance and not force:
        raise InvalidState(f"{host.name} is not in maintenance mode.", subject=host.uid, field="host")


def _require_connected(host: Hypervisor) -> None:
    if host.connection is not Connection.CONNECTED or not host.running:
        raise InvalidState(f"{host.name} is not connected.", subject=host.uid, field="host", existing=str(host.connection))
