"""Network cards: plugging them in and out, and giving each the MAC it should have."""

from __future__ import annotations

import ipaddress

from dcsim.errors import MachineError
from emulators.machines.docker import naming
from emulators.machines.docker.client import MAC_PER_ENDPOINT, EngineClient
from emulators.machines.docker.config import endpoint_config
from emulators.machines.docker.errands import Errands
from emulators.machines.docker.host_routes import HostRoutes
from emulators.machines.docker.networks import Networks
from emulators.machines.docker.observe import NO_NETWORK, ContainerInfo, EndpointInfo, spec_of
from emulators.machines.port import MachineSpec, NicSpec

SET_CARDS = (
    "for card in /sys/class/net/*; do card=${{card##*/}}; "
    'address=$(ifconfig $card | sed -n "s/.*inet addr:\\([0-9.]*\\).*/\\1/p"); '
    "case $address in {cases} esac; done"
)


class Nics:
    """The network cards of one world's containers."""

    def __init__(self, engine: EngineClient, networks: Networks, errands: Errands) -> None:
        self._engine = engine
        self._networks = networks
        self._errands = errands
        self._host_routes = HostRoutes(engine.endpoint)

    async def connect(self, spec: MachineSpec, container: str, nic: NicSpec) -> None:
        """Plug a card into a container, running or not."""
        network = await self._networks.attached(nic.network)
        body = {"Container": container, "EndpointConfig": endpoint_config(spec, nic, network.inside(nic.ip))}
        doing = f"connect {spec.name} to {network.name}"
        await self._engine.work("POST", f"networks/{network.name}/connect", doing=doing, body=body)

    async def plug(self, info: ContainerInfo, nic: NicSpec) -> None:
        """Plug a card into a machine that exists, unless its network has one already."""
        spec = spec_of(info.labels)
        if spec is None:
            raise MachineError(f"The container {info.Name} has lost its label {naming.SPEC}; delete the machine and create it again.")
        if any((endpoint.DriverOpts or {}).get(naming.NETWORK) == nic.network for endpoint in info.endpoints.values()):
            return
        if info.has_stand_in:
            body = {"Container": info.Id, "Force": False}
            await self._engine.work("POST", f"networks/{NO_NETWORK}/disconnect", doing=f"make room for a card in {info.Name}", body=body)
        await self.connect(spec, info.Id, nic)

    async def unplug(self, info: ContainerInfo, network_id: str) -> None:
        """Pull the card on a network out; none is fine."""
        for name, endpoint in info.endpoints.items():
            if (endpoint.DriverOpts or {}).get(naming.NETWORK) == network_id:
                body = {"Container": info.Id, "Force": True}
                await self._engine.work("POST", f"networks/{name}/disconnect", doing=f"disconnect {info.Name} from {name}", body=body)

    async def settle(self, info: ContainerInfo) -> None:
        """Give running cards what the engine could not: addresses of ranges that it has no network for, and MACs before API 1.44.

        Before that version it knows only the first card's MAC.
        """
        new = await self._engine.api_version() >= MAC_PER_ENDPOINT
        cases = [
            f"{one.IPAddress}) {said};;"
            for one in info.endpoints.values()
            if one.IPAddress and (said := _settings(one, macs=not new, gateway=await self._gateway(one)))
        ]
        if cases:
            script = SET_CARDS.format(cases=" ".join(cases))
            await self._errands.run(script, doing=f"set up the cards of {info.Name}", network_of=info.Id, capabilities=("NET_ADMIN",))
        for endpoint in info.endpoints.values():
            await self._lead(endpoint)

    async def _gateway(self, endpoint: EndpointInfo) -> str:
        """The address of the router that the card's network should have and its stand-in has not; else ""."""
        options = endpoint.DriverOpts or {}
        known = options.get(naming.ADDRESS) and options.get(naming.NETWORK)
        return (await self._networks.attached(options[naming.NETWORK])).gateway if known else ""

    async def _lead(self, endpoint: EndpointInfo) -> None:
        """Have the host find an address that was set inside, on a network where it should."""
        options = endpoint.DriverOpts or {}
        if options.get(naming.ADDRESS) and options.get(naming.NETWORK):
            attached = await self._networks.attached(options[naming.NETWORK])
            if attached.led:
                await self._host_routes.lead(options[naming.ADDRESS].partition("/")[0], attached.bridge)


def _settings(endpoint: EndpointInfo, *, macs: bool, gateway: str = "") -> str:
    """What is to be done to a card: shell commands, or "" when it is as it should be.

    Where another range stands in, the host has the router's address for another network, or not at all: the guest itself answers for it.
    """
    options = endpoint.DriverOpts or {}
    mac, inside = options.get(naming.MAC, ""), options.get(naming.ADDRESS, "")
    said = [f"ifconfig $card hw ether {mac}"] if macs and mac and mac.lower() != endpoint.MacAddress.lower() else []
    if inside:
        address = ipaddress.IPv4Interface(inside)
        said.append(f"ifconfig $card {address.ip} netmask {address.netmask}")
        said += [f"route add -host {endpoint.Gateway} dev $card"] if endpoint.Gateway else []
        said += [f"ip address add {gateway}/32 dev lo 2>/dev/null || true"] if gateway and gateway != str(address.ip) else []
    return "; ".join(said)
