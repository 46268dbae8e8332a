"""What the other services (Nova above all) need of Neutron.  Functions with a Decision run inside the caller's transaction.

for wanted, port in zip(...): allocate(decision, project=..., server=server.uid, vm=vm.uid, host=host, zone="nova", wanted=(...,))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from emulators.openstack.faults import Fault
from emulators.openstack.network import adopting, changes, floatingips, ports
from emulators.openstack.network.caller import ADMIN, Caller
from emulators.openstack.network.floating import detach, follow_port
from emulators.openstack.network.ports import first_ipv4, make, remove, rewire
from emulators.openstack.network.quotas import limits, require, used
from emulators.openstack.network.records import NeutronFloatingIp, NeutronNetwork, NeutronPort, NeutronSecurityGroup, NeutronSubnet
from emulators.openstack.network.security_groups import default_group
from emulators.openstack.network.sharing import visible
from emulators.world.decide import Decision
from emulators.world.decisions.networks import plug_card, unplug_card
from emulators.world.model import Hypervisor, Vm
from emulators.world.state import WorldState

COMPUTE = "compute:"


class WantedPort(msgspec.Struct, frozen=True):
    """What a server is to be plugged into: a network (with an address, if it matters which), or a port that is there."""

    network: str = ""
    port: str = ""
    fixed_ip: str = ""
    tag: str = ""


def default_networks(state: WorldState, project: str) -> list[str]:
    """The network of a server that names none: the only one that its project can use.

    Raises Fault 409 when there are several; empty when there is none.
    """
    found = _usable(state, project)
    if len(found) > 1:
        raise Fault(409, "Multiple possible networks found, use a Network ID to be more specific.")
    return [network.uid for network in found]


def _usable(state: WorldState, project: str) -> list[NeutronNetwork]:
    """A project's own networks and those that are shared with it; external and empty ones are for nobody's servers."""
    found = [one for one in state.iterate(NeutronNetwork) if not one.external and visible(state, one, Caller(project))]
    return [one for one in found if state.count(NeutronSubnet, "network", one.uid)]


def lacks_ports(state: WorldState, vm: str) -> bool:
    """Whether a server's VM has cards of the inventory's that are no ports yet."""
    return bool(adopting.strangers(state, vm))


def adopt(decision: Decision, vm: Vm, *, server: str, zone: str) -> None:
    """Have ports for the cards that the inventory put into a server's VM."""
    adopting.adopt(decision, vm, server=server, zone=zone)


def network_name(state: WorldState, network: str) -> str:
    """A network's name, or ""."""
    found = state.maybe(NeutronNetwork, network)
    return found.name if found else ""


def require_network(state: WorldState, project: str, network: str, *, admin: bool = False) -> NeutronNetwork:
    """A network that a project's servers may be plugged into; raises Fault 400 or 403."""
    found = state.maybe(NeutronNetwork, network)
    if found is None or not visible(state, found, Caller(project, admin)):
        raise Fault(400, f"Network {network} could not be found.")
    if found.external and not found.shared and not admin and found.project != project:
        raise Fault(403, f"It is not allowed to create an interface on external network {network}")
    if not state.count(NeutronSubnet, "network", network):
        raise Fault(400, f"Network {network} requires a subnet in order to boot instances on.")
    return found


def require_port(state: WorldState, project: str, port: str, *, admin: bool = False) -> NeutronPort:
    """A port of the project that nothing uses; raises Fault 400, 404 or 409."""
    found = state.maybe(NeutronPort, port)
    if found is None or not (admin or found.project == project):
        raise Fault(404, f"Port id {port} could not be found.")
    if found.device:
        raise Fault(409, f"Port {port} is still in use.")
    if not found.fixed_ips:
        raise Fault(400, f"Port {port} requires a FixedIP in order to be used.")
    return found


def allocate(  # noqa: PLR0913 - each is part of what a server is
    decision: Decision,
    *,
    project: str,
    server: str,
    vm: str,
    host: str,
    zone: str,
    wanted: Sequence[WantedPort],
    security_groups: Sequence[str] = (),
    admin: bool = False,
) -> list[NeutronPort]:
    """Make or claim the ports of a server and plug them into its VM.

    ``host`` is a hypervisor's uid or a host's name, ``security_groups`` are ids or names for the ports that are made; ``admin``: an
    administrator asks, who may use every network and port.
    Raises Fault 400, 403, 404 or 409.
    """
    groups = require_security_groups(decision.state, project, security_groups)
    made = [one for one in wanted if not one.port]
    require(decision, project, "port", len(made))
    ports = [_allocated(decision, Caller(project, admin), one, groups) for one in wanted]
    return [plug(decision, port.uid, server=server, vm=vm, host=host, zone=zone) for port in ports]


def _allocated(decision: Decision, caller: Caller, wanted: WantedPort, groups: list[str]) -> NeutronPort:
    if wanted.port:
        return require_port(decision.state, caller.project, wanted.port, admin=caller.admin)
    return _made(decision, caller, wanted, groups)


def _made(decision: Decision, caller: Caller, wanted: WantedPort, groups: list[str]) -> NeutronPort:
    project = caller.project
    network = require_network(decision.state, project, wanted.network, admin=caller.admin)
    given: dict[str, Any] = {"project_id": project, "device_owner": COMPUTE, "made_by_nova": True}
    if wanted.fixed_ip:
        given["fixed_ips"] = ({"ip_address": wanted.fixed_ip},)
    if groups and network.port_security_enabled:
        given["security_groups"] = tuple(groups)
    return make(decision, network, Caller(project), given)


def plug(decision: Decision, port_id: str, *, server: str, vm: str, host: str, zone: str) -> NeutronPort:
    """Bind a port to a server and put its card into the server's VM."""
    port = decision.get(NeutronPort, port_id)
    network, machine = decision.get(NeutronNetwork, port.network), decision.get(Vm, vm)
    card = plug_card(decision, machine, network.segment, mac=port.mac, ip=first_ipv4(port), connected=port.admin_state_up)
    plugged = changes.change(
        decision, port, device=server, device_owner=f"{COMPUTE}{zone}", host=_host_name(decision.state, host), plug=card.uid
    )
    follow_port(decision, port.uid)
    return plugged


def _host_name(state: WorldState, host: str) -> str:
    found = state.maybe(Hypervisor, host)
    return found.name if found else host


def unplug(decision: Decision, port_id: str) -> None:
    """Pull a port's card out of its server; a port that Nova made is deleted."""
    port = decision.get(NeutronPort, port_id)
    if port.made_by_nova:
        remove(decision, ADMIN, port)
        return
    unplug_card(decision, port.plug)
    changes.change(decision, port, device="", device_owner="", host="", plug="")
    follow_port(decision, port.uid)


def deallocate(decision: Decision, server: str) -> None:
    """A server goes: the ports that Nova made are deleted, others are free again."""
    for port in ports_of(decision.state, server):
        unplug(decision, port.uid)


def rebind(decision: Decision, server: str, host: str) -> None:
    """A server moved to another host."""
    for port in ports_of(decision.state, server):
        changes.change(decision, port, host=_host_name(decision.state, host))


def ports_of(state: WorldState, server: str) -> list[NeutronPort]:
    """The ports of a server, in the order in which they were plugged in or made."""
    return state.where(NeutronPort, "device", server)


def addresses(state: WorldState, server: str) -> dict[str, list[dict[str, Any]]]:
    """A server's addresses by network, as Nova shows them: fixed ones, each followed by its floating one."""
    found: dict[str, list[dict[str, Any]]] = {}
    for port in ports_of(state, server):
        rows = found.setdefault(network_name(state, port.network), [])
        floating = {one.fixed_ip: one.address for one in state.where(NeutronFloatingIp, "port", port.uid)}
        for one in port.fixed_ips:
            rows.append(_address(one.ip, port.mac, "fixed"))
            if one.ip in floating:
                rows.append(_address(floating[one.ip], port.mac, "floating"))
    return found


def _address(ip: str, mac: str, kind: str) -> dict[str, Any]:
    return {"version": 6 if ":" in ip else 4, "addr": ip, "OS-EXT-IPS:type": kind, "OS-EXT-IPS-MAC:mac_addr": mac}


def require_security_groups(state: WorldState, project: str, names: Sequence[str]) -> list[str]:
    """The ids of a project's groups by id or name, ``default`` left out when it is not there yet; raises Fault 400 or 409."""
    found = []
    for name in dict.fromkeys(names):
        group = state.maybe(NeutronSecurityGroup, name)
        if group is not None and visible(state, group, Caller(project)):
            found.append(group.uid)
            continue
        named = [one for one in state.where(NeutronSecurityGroup, "name", name) if one.project == project]
        if len(named) > 1:
            raise Fault(409, f"Multiple security groups found matching '{name}'. Use an ID to be more specific.")
        if not named and name != "default":
            raise Fault(400, f"Security group {name} not found for project {project}.")
        found += [one.uid for one in named]
    return found


def security_groups_of(state: WorldState, server: str) -> list[str]:
    """The names of the groups on a server's ports, one for every port, as Nova lists them."""
    return [
        group.name for port in ports_of(state, server) for uid in port.security_groups if (group := state.maybe(NeutronSecurityGroup, uid))
    ]


def set_security_group(decision: Decision, server: str, name: str, *, add: bool) -> None:
    """Put a group on every port of a server, or take it off; raises Fault 404."""
    ports = ports_of(decision.state, server)
    project = ports[0].project if ports else ""
    if name == "default" and project:
        default_group(decision, project)
    uids = _group(decision.state, project, name)
    changed = False
    for port in ports:
        if add and uids[0] not in port.security_groups and port.port_security_enabled:
            changes.change(decision, port, security_groups=(*port.security_groups, uids[0]))
        elif not add and set(uids) & set(port.security_groups):
            changed = True
            changes.change(decision, port, security_groups=tuple(uid for uid in port.security_groups if uid not in uids))
    if not add and not changed:
        raise Fault(404, f"Security group {uids[0]} not associated with the instance {server}")


def _group(state: WorldState, project: str, name: str) -> list[str]:
    found = [one.uid for one in state.where(NeutronSecurityGroup, "name", name) if one.project == project]
    group = state.maybe(NeutronSecurityGroup, name)
    if group is not None and visible(state, group, Caller(project)):
        found.append(group.uid)
    if not found:
        raise Fault(404, f"Security group {name} not found.")
    return found


def update_port(decision: Decision, port: NeutronPort, **fields: Any) -> NeutronPort:
    """Change a port from within; its card follows."""
    changed = changes.change(decision, port, **fields)
    rewire(decision, changed)
    return changed


def quota_usage(state: WorldState, project: str, resource: str) -> tuple[int, int]:
    """How many a project has and may have of ``port``, ``floatingip``, ``security_group`` ..., as Nova's limits show it."""
    return used(state, project, resource), limits(state, project)[resource]


def disassociate_floating(decision: Decision, port: str) -> None:
    """Take the floating IPs off a port."""
    detach(decision, port)


def lead_floating(decision: Decision, floating: str, *, port: str, fixed_ip: str) -> None:
    """Lead a floating IP to an address of a port, or nowhere without a port; raises Fault 400, 404 or 409."""
    found = decision.get(NeutronFloatingIp, floating)
    floatingips.update(decision, ADMIN, found, {"port_id": port, "fixed_ip_address": fixed_ip} if port else {"port_id": ""})


def floating_at(state: WorldState, project: str, address: str, *, admin: bool = False) -> NeutronFloatingIp | None:
    """The floating IP of an address, if it is the project's."""
    found = state.one(NeutronFloatingIp, "address", address)
    return found if found is not None and (admin or found.project == project) else None


def set_fixed_ips(decision: Decision, port: NeutronPort, wanted: Sequence[dict[str, str]]) -> None:
    """Give a port other addresses, each as Neutron's API has it (``subnet_id``, ``ip_address`` or both); its card follows."""
    ports.update(decision, ADMIN, port, {"fixed_ips": tuple(wanted)})
