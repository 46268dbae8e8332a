"""A world to configure: one UCS domain of eight blades in two chassis, all installed with ESXi and waiting for service profiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emulators.ucs import records
from emulators.ucs.bootstrap.ensure import ensure
from emulators.ucs.config import apply  # noqa: F401 - importing registers what configuration means
from emulators.ucs.config.changes import ConfigureMos, MoChange
from emulators.ucs.records import ConfigMo
from emulators.world.commands import Command
from emulators.world.decisions.timers import FireTimer
from emulators.world.model import Blade, Fault, Hypervisor, ServiceProfile, Timer, UcsDomain
from tests.unit.world.lab import Lab

INVENTORY = """
sites: [{name: ams1, power_feeds: {A: feed-a, B: feed-b}, upstream_switches: {A: n9k-a, B: n9k-b}}]
hardware: {blade: {memory: 64GiB, dimms: 4, cores_per_socket: 12, disks: [480GiB]}}
ucs_domains:
  - name: ucs
    site: ams1
    chassis: [{slot: 1, blades: {1: blade, 2: blade, 3: blade, 4: blade}}, {slot: 2, blades: {1: blade, 2: blade, 3: blade, 4: blade}}]
clusters:
  - name: c1
    site: ams1
    associated: false
    hosts: {esx-1: ucs/1/1, esx-2: ucs/1/2, esx-3: ucs/1/3, esx-4: ucs/2/1, esx-5: ucs/2/2, esx-6: ucs/2/3}
"""


class UcsLab(Lab):
    """Short ways to configure and to look."""

    def __init__(self, folder: Path, timing: str = "instant", inventory: str = INVENTORY) -> None:
        super().__init__(folder, timing, inventory)
        ensure(self.world)
        self.domain = self.state.all(UcsDomain)[0].uid

    def do(self, command: Command) -> Any:
        """Execute a command; in an instant world, also what it leaves for transactions of their own."""
        result = super().do(command)
        record = self.world.record
        while record is not None and record.timing == "instant" and (left := self.state.all(Timer)):
            super().do(FireTimer(timer=min(left, key=lambda timer: (timer.due, timer.number)).uid))
        return result

    # -- configuring -----------------------------------------------------------------------------------------------------------

    def configure(self, *changes: MoChange) -> tuple[str, ...]:
        """All changes in one transaction; answers their DNs."""
        answered: tuple[str, ...] = self.do(ConfigureMos(domain=self.domain, changes=changes, shown=self.shown()))
        return answered

    def shown(self) -> dict[str, str]:
        """What the domain has that is not configuration."""
        found = {"sys": "topSystem"}
        for chassis in (1, 2):
            found |= {f"sys/chassis-{chassis}/blade-{slot}": "computeBlade" for slot in range(1, 5)}
            found |= {f"sys/chassis-{chassis}/blade-{slot}/locator-led": "equipmentLocatorLed" for slot in range(1, 5)}
            found |= {f"fabric/server/chassis-{chassis}/slot-{slot}": "fabricComputeSlotEp" for slot in range(1, 5)}
        return found

    def put(self, class_id: str, dn: str, status: str = "", /, **props: str) -> str:
        """Create or modify one object."""
        named = {name.rstrip("_"): value for name, value in props.items()}
        return self.configure(MoChange(class_id=class_id, dn=dn, status=status, props=named))[0]

    def delete(self, class_id: str, dn: str) -> None:
        """Delete one object."""
        self.put(class_id, dn, "deleted")

    def mac_pool(
        self, name: str = "macs", first: str = "00:25:B5:00:00:01", last: str = "00:25:B5:00:00:10", order: str = "sequential"
    ) -> str:
        """A MAC pool with one block."""
        dn = self.put("macpoolPool", f"org-root/mac-pool-{name}", assignmentOrder=order)
        self.put("macpoolBlock", f"{dn}/block-{first}-{last}")
        return dn

    def uuid_pool(self, name: str = "uuids", count: int = 16) -> str:
        """A UUID pool with one block."""
        dn = self.put("uuidpoolPool", f"org-root/uuid-pool-{name}", prefix="1B4E28BA-2FA1-11D2", assignmentOrder="sequential")
        self.put("uuidpoolBlock", f"{dn}/block-from-0000-000000000001-to-0000-{count:012X}")
        return dn

    def vlan(self, name: str, number: int) -> str:
        """A VLAN."""
        return self.put("fabricVlan", f"fabric/lan/net-{name}", id=str(number))

    def profile(self, name: str = "web", /, **props: str) -> str:
        """A service profile with a vNIC that draws from ``macs``."""
        dn = f"org-root/ls-{name}"
        vnic = MoChange(class_id="vnicEther", rn="ether-eth0", props={"identPoolName": "macs", "switchId": "A"})
        self.configure(MoChange(class_id="lsServer", dn=dn, props={"identPoolName": "uuids", **props}, children=(vnic,)))
        return dn

    def bind(self, profile: str, server: str = "sys/chassis-1/blade-1") -> None:
        """Associate a profile."""
        self.put("lsBinding", f"{profile}/pn", pnDn=server)

    def fire(self) -> Timer:
        """The next timer's time has come."""
        timer = min(self.state.all(Timer), key=lambda one: (one.due, one.number))
        self.step(max((timer.due - self.clock.now()).total_seconds(), 0))
        self.do(FireTimer(timer=timer.uid))
        return timer

    # -- looking ---------------------------------------------------------------------------------------------------------------

    def mo(self, dn: str) -> ConfigMo:
        """The record of a DN."""
        found = records.find(self.state, self.domain, dn)
        assert found is not None, f"there is no {dn}"
        return found

    def prop(self, dn: str, name: str) -> str:
        """A property of a record."""
        return self.mo(dn).props.get(name, "")

    def props(self, dn: str, *names: str) -> tuple[str, ...]:
        """Some properties of a record."""
        return tuple(self.prop(dn, name) for name in names)

    def has(self, dn: str) -> bool:
        """Whether there is a record of a DN."""
        return records.find(self.state, self.domain, dn) is not None

    def blade(self, name: str = "ucs/1/1") -> Blade:
        """A blade as it is now."""
        return self.named(Blade, name)

    def entity(self, dn: str) -> ServiceProfile:
        """The world's profile of a DN."""
        (found,) = self.state.where(ServiceProfile, "dn", dn)
        return found

    def host_on(self, blade: str = "ucs/1/1") -> Hypervisor:
        """The host on a blade."""
        (found,) = self.state.where(Hypervisor, "blade", self.blade(blade).uid)
        return found

    def fault_codes(self, dn: str) -> list[str]:
        """The codes of the faults of an object."""
        return [fault.code for fault in self.state.where(Fault, "subject", self.mo(dn).uid)]
