"""Addresses of simulated networks: the asked-for one, or one that follows from the machine's identity."""

from __future__ import annotations

import ipaddress

from dcsim.errors import MachineError
from dcsim.ids import digest
from emulators.machines.port import NetworkSpec

RESERVED = 2  # the network's own address and its broadcast address


class Segment:
    """A network and who has which of its addresses."""

    def __init__(self, spec: NetworkSpec) -> None:
        self.spec = spec
        self._range = ipaddress.IPv4Network(spec.cidr)
        gateway = spec.gateway or str(self._range[1])
        self._held: dict[str, str] = {} if spec.tenant else {gateway: "the gateway"}

    @property
    def machines(self) -> set[str]:
        """Who holds an address here."""
        return set(self._held.values()) - {"the gateway"}

    def overlaps(self, other: Segment) -> bool:
        """Whether both could not live on one host."""
        return self._range.overlaps(other._range)

    def take(self, machine_id: str, ip: str | None) -> str:
        """Hold an address for a machine; the same machine gets the same one while it is free. Raises MachineError."""
        chosen = ip or self._pick(machine_id)
        if self.spec.tenant:
            self._held[chosen] = machine_id
            return chosen
        if ipaddress.IPv4Address(chosen) not in self._range:
            raise MachineError(f"{chosen} is not an address of {self.spec.name} ({self.spec.cidr}); give the network card another.")
        holder = self._held.setdefault(chosen, machine_id)
        if holder != machine_id:
            raise MachineError(f"The address {chosen} of {self.spec.name} belongs to {holder}; give the network card another.")
        return chosen

    def release(self, machine_id: str) -> None:
        """Give up every address that a machine holds here."""
        self._held = {ip: holder for ip, holder in self._held.items() if holder != machine_id}

    def _pick(self, machine_id: str) -> str:
        count = self._range.num_addresses - RESERVED
        first = int.from_bytes(digest("address", self.spec.id, machine_id)[:8], "big")
        for step in range(count):
            ip = str(self._range[1 + (first + step) % count])
            if self._held.get(ip, machine_id) == machine_id:
                return ip
        raise MachineError(f"Every address of {self.spec.name} ({self.spec.cidr}) is taken; give it a larger range.")
