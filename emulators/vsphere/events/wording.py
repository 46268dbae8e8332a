"""What vCenter calls its events: category, description and message of each class, as EventManager's description has them."""

from __future__ import annotations

from functools import cache
from string import Formatter
from typing import Any, Final, NamedTuple

from pyVmomi import vim

_TABLE: Final = """
VmPoweredOnEvent|info|VM powered on
  {vm.name} on {host.name} in {datacenter.name} is powered on
VmPoweredOffEvent|info|VM powered off
  {vm.name} on {host.name} in {datacenter.name} is powered off
VmSuspendedEvent|info|VM suspended
  {vm.name} on {host.name} in {datacenter.name} is suspended
VmResettingEvent|info|VM resetting
  {vm.name} on {host.name} in {datacenter.name} is reset
VmGuestShutdownEvent|info|Guest OS shut down
  Guest OS shut down for {vm.name} on {host.name} in {datacenter.name}
VmGuestRebootEvent|info|Guest reboot
  Guest OS reboot for {vm.name} on {host.name} in {datacenter.name}
VmCreatedEvent|info|VM created
  Created virtual machine {vm.name} on {host.name} in {datacenter.name}
VmClonedEvent|info|VM cloned
  Clone of {sourceVm.name} completed
VmDeployedEvent|info|VM deployed
  Template {srcTemplate.name} deployed on host {host.name}
VmRemovedEvent|info|VM removed
  Removed {vm.name} on {host.name} from {datacenter.name}
VmRenamedEvent|info|VM renamed
  Renamed {vm.name} from {oldName} to {newName} in {datacenter.name}
VmReconfiguredEvent|info|VM reconfigured
  Reconfigured {vm.name} on {host.name} in {datacenter.name}. {changes}
VmMigratedEvent|info|VM migrated
  Virtual machine {vm.name} was migrated from host {sourceHost.name}, {sourceDatastore.name} to host {host.name}, {ds.name}
VmRelocatedEvent|info|VM relocated
  Completed the relocation of {vm.name} from {sourceDatastore.name} to {ds.name} on {host.name}
VmResourcePoolMovedEvent|info|VM resource pool moved
  Moved {vm.name} from resource pool {oldParent.name} to {newParent.name} in {datacenter.name}
VmDisconnectedEvent|info|VM disconnected
  {vm.name} on host {host.name} in {datacenter.name} is disconnected
VmRestartedOnAlternateHostEvent|warning|VM restarted on alternate host
  Virtual machine {vm.name} was restarted on {host.name} since {sourceHost.name} failed
VmFailoverFailed|warning|vSphere HA virtual machine failover unsuccessful
  vSphere HA unsuccessfully failed over {vm.name} on {host.name} in cluster {computeResource.name} in {datacenter.name}. vSphere
  HA will retry if the maximum number of attempts has not been exceeded. Reason: {reason.msg}
VmFailedToPowerOnEvent|error|Cannot power on VM
  Cannot power on {vm.name} on {host.name} in {datacenter.name}. {reason.msg}
VmFailedToPowerOffEvent|error|Cannot power off VM
  Cannot power off {vm.name} on {host.name} in {datacenter.name}. {reason.msg}
VmFailedToSuspendEvent|error|Cannot suspend VM
  Cannot suspend {vm.name} on {host.name} in {datacenter.name}. {reason.msg}
VmFailedToResetEvent|error|Cannot reset VM
  Cannot reset {vm.name} on {host.name} in {datacenter.name}. {reason.msg}
VmFailedToRebootGuestEvent|error|VM failed to reboot guest OS
  Cannot reboot the guest OS for {vm.name}. {reason.msg}
VmFailedToShutdownGuestEvent|error|VM failed to shutdown guest OS
  Cannot shut down the guest OS for {vm.name}. {reason.msg}
VmFailedMigrateEvent|error|Cannot migrate VM
  Cannot migrate {vm.name} to {destHost.name}, {destDatastore.name}. {reason.msg}
VmCloneFailedEvent|error|Cannot complete VM clone
  Failed to clone {vm.name}: {reason.msg}
TaskEvent|info|Task event
  Task: {label}
HostConnectionLostEvent|error|Host connection lost
  Host {host.name} in {datacenter.name} is not responding
HostConnectedEvent|info|Host connected
  Connected to {host.name} in {datacenter.name}
HostDisconnectedEvent|info|Host disconnected
  Disconnected from {host.name} in {datacenter.name}. Reason: {why}
EnteredMaintenanceModeEvent|info|Entered maintenance mode
  Host {host.name} in {datacenter.name} has entered maintenance mode
ExitMaintenanceModeEvent|info|Exit maintenance mode
  Host {host.name} in {datacenter.name} has exited maintenance mode
DatastoreRenamedEvent|info|Datastore renamed
  Renamed datastore from {oldName} to {newName} in {datacenter.name}
DatacenterCreatedEvent|info|Datacenter created
  Created datacenter {datacenter.name} in folder {parent.name}
DatacenterRenamedEvent|info|Datacenter renamed
  Renamed datacenter from {oldName} to {newName}
ResourcePoolCreatedEvent|info|Resource pool created
  Created resource pool {resourcePool.name} in compute-resource {computeResource.name} in {datacenter.name}
ResourcePoolReconfiguredEvent|info|Resource pool reconfigured
  Updated configuration for {resourcePool.name} in compute-resource {computeResource.name} in {datacenter.name}
ResourcePoolMovedEvent|info|Resource pool moved
  Moved resource pool {resourcePool.name} from {oldParent.name} to {newParent.name} on {computeResource.name} in {datacenter.name}
ResourcePoolDestroyedEvent|info|Resource pool deleted
  Removed resource pool {resourcePool.name} on {computeResource.name} in {datacenter.name}
UserLoginSessionEvent|info|User login
  User {userName}@{ipAddress} logged in as {userAgent}
UserLogoutSessionEvent|info|User logout
  User {userName}@{ipAddress} logged out (login time: {loginTime}, number of API invocations: {callCount}, user agent:
  {userAgent})
BadUsernameSessionEvent|error|Invalid user name
  Cannot login {userName}@{ipAddress}
GeneralUserEvent|user|General user event
  User logged event: {message}
GeneralEvent|info|General event
  General event: {message}
EventEx|info|Event
  {message}
"""


class Words(NamedTuple):
    """Of one event class: category (info, warning, error or user), a short description, and the message with its arguments in braces."""

    category: str
    description: str
    message: str


def _read(table: str) -> dict[str, Words]:
    """Entries of a line with class, category and description, and of the message in indented lines below."""
    found: dict[str, Words] = {}
    name = ""
    for line in table.strip().splitlines():
        if line.startswith("  "):
            words = found[name]
            found[name] = words._replace(message=f"{words.message} {line.strip()}".strip())
        else:
            name, category, description = line.split("|")
            found[name] = Words(category, description, "")
    return found


WORDS: Final[dict[str, Words]] = _read(_TABLE)


def words_of(event_class: type[Any]) -> Words:
    """The words of a class, or of the nearest ancestor that has some."""
    for cls in event_class.__mro__:
        found = WORDS.get(getattr(cls, "_wsdlName", cls.__name__.rpartition(".")[2]))
        if found is not None:
            return found
    return Words("info", "Event", "{message}")


def category_of(event: Any) -> str:
    """Its category; an EventEx brings its own."""
    if isinstance(event, vim.event.EventEx) and event.severity:
        return str(event.severity)
    return words_of(type(event)).category


class _Arguments(Formatter):
    """Fills in what the event has; an argument that is missing reads as nothing, as in vCenter's own messages."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        """The value at a dotted path."""
        first, _, rest = field_name.partition(".")
        value = kwargs.get(first)
        for name in rest.split(".") if rest else ():
            value = getattr(value, name, None)
        return ("" if value is None else value), first


def message_of(event: Any, **more: str) -> str:
    """The full message of an event; ``more`` are arguments that it has no property for."""
    return _Arguments().vformat(words_of(type(event)).message, (), {**vars(event), **more}).strip()


@cache
def event_classes() -> tuple[Any, ...]:
    """The classes that have words, in the table's order."""
    return tuple(getattr(vim.event, name) for name in WORDS)
