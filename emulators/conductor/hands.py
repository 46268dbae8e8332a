"""The machine backend with what every effect needs around it: networks, volumes and machines made when they are first needed."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

import msgspec
import structlog

from dcsim.errors import DcsimError, ImageNotFound, MachineError, MachineNotFound, MachinesUnavailable
from emulators.conductor import specs
from emulators.machines.images.names import DEBIAN, TINY
from emulators.machines.port import DiskSpec, Machines, MachineSpec, MachineState, Observed
from emulators.machines.turns import Turns
from emulators.world.commands import Effect
from emulators.world.engine import World
from emulators.world.model import Disk, Network, Power, Vm
from emulators.world.state import WorldState

log = structlog.get_logger(__name__)
IN_USE = frozenset({MachineState.RUNNING, MachineState.PAUSED})
CUTTERS: Final = 16
"""How many machines are cut off at a time; thousands end at once when a UCS domain does."""


class Hands:
    """What acts on machines.  ``turns`` are taken, by a VM's uid, by whoever acts on its machine or believes what it sees of it."""

    def __init__(self, world: World, machines: Machines) -> None:
        self.world = world
        self.machines = machines
        self.turns = Turns()
        self._ready: set[str] = set()
        self._known: set[str] = set()
        self._synced: dict[str, int] = {}
        self._cutting: dict[str, asyncio.Future[None]] = {}
        self._doomed: deque[str] = deque()
        self._cutters: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> WorldState:
        """The world's state."""
        return self.world.state

    def vm(self, uid: str) -> Vm:
        """The VM as it is now."""
        return self.state.get(Vm, uid)

    def spec(self, vm: Vm) -> MachineSpec:
        """The VM's machine as it should be now."""
        return specs.machine_spec(self.state, vm, self.world.world_id)

    # -- what machines need --------------------------------------------------------------------------------------------------

    async def surroundings(self, spec: MachineSpec) -> None:
        """Make the networks and volumes that a machine needs."""
        for nic in spec.nics:
            await self.ensure_network(nic.network)
        for disk in spec.disks:
            await self._ensure_volume(disk)

    async def ensure_network(self, uid: str) -> None:
        """Make the network behind a segment."""
        if uid not in self._ready:
            await self.machines.ensure_network(specs.network_spec(self.state.get(Network, uid), self.world.world_id))
            self._ready.add(uid)

    async def remove_network(self, uid: str) -> None:
        """Remove the network behind a segment that is gone."""
        await self.machines.remove_network(uid)
        self._ready.discard(uid)

    async def _ensure_volume(self, disk: DiskSpec) -> None:
        if disk.volume not in self._ready:
            await self.machines.ensure_volume(specs.volume_spec(disk, self.world.world_id))
            self._ready.add(disk.volume)

    # -- what is known of machines -------------------------------------------------------------------------------------------

    async def known(self, vm: Vm) -> bool:
        """Make sure that the backend knows the VM's machine after a restart; False when it has none."""
        if not vm.machine:
            return False
        if vm.uid not in self._known:
            observed = await self.adopt(vm)
            return observed.state is not MachineState.ABSENT
        return True

    async def adopt(self, vm: Vm) -> Observed:
        """Take over the machine that the VM should have; answers what really is."""
        spec = self.spec(vm)
        await self.surroundings(spec)
        observed = await self.machines.adopt(spec, specs.STATE_OF[vm.power])
        if observed.state is not MachineState.ABSENT:
            self._known.add(vm.uid)
        return observed

    def knows(self, uid: str) -> None:
        """Note that the backend has a machine, with hardware still to be looked at."""
        self._known.add(uid)
        self._synced.pop(uid, None)

    def doubts(self, uid: str) -> None:
        """Note that a machine's hardware may not be what the world has."""
        self._synced.pop(uid, None)

    def forget(self, *uids: str) -> None:
        """Note that networks, volumes or machines may be gone."""
        self._known.difference_update(uids)
        for uid in uids:
            self._synced.pop(uid, None)
        self._ready.difference_update(uids)

    def forget_all(self) -> None:
        """The backend was away: look again at everything."""
        self._known.clear()
        self._synced.clear()
        self._ready.clear()

    # -- acting --------------------------------------------------------------------------------------------------------------

    async def create(self, vm: Vm) -> None:
        """Make the VM's machine, or bring the one it has in line with its hardware."""
        if await self.known(vm):
            await self.sync(vm)
            return
        await self.make(self.spec(vm))
        self._synced[vm.uid] = vm.change

    async def make(self, spec: MachineSpec) -> None:
        """Create a machine; while the Debian guest is not built, the tiny one stands in."""
        await self.surroundings(spec)
        try:
            await self.machines.create(spec)
        except ImageNotFound:
            if spec.image != DEBIAN:
                raise
            log.info("the tiny guest stands in until `dcsim images build debian`", vm=spec.name)
            await self.machines.create(msgspec.structs.replace(spec, image=TINY))
        self.knows(spec.id)

    async def start(self, vm: Vm) -> Effect:
        """Run the VM's machine, made first if need be."""
        try:
            await self.create(vm)
            observed = await self.machines.start(vm.uid)
        except MachineNotFound:  # removed behind our back: make it again
            self.forget(vm.uid)
            await self.make(self.spec(vm))
            observed = await self.machines.start(vm.uid)
        return specs.effect_of(observed, vm)

    async def reset(self, vm: Vm) -> Effect:
        """Cut the power of the VM's machine and start it again, with the hardware that it has now."""
        if await self.known(vm) and (await self.machines.inspect(vm.uid)).state in IN_USE:
            if self._synced.get(vm.uid) == vm.change:
                return specs.effect_of(await self.machines.reset(vm.uid), vm)
            await self.machines.kill(vm.uid)
        return await self.start(vm)

    async def delete(self, uid: str) -> None:
        """Remove a machine, if there is one, and the volumes of disks that are no more."""
        observed = await self.machines.inspect(uid)
        await self.machines.delete(uid)
        self.forget(uid)
        await self._remove_left(observed)

    async def thaw(self, vm: Vm) -> None:
        """Let a machine go on that a crash left frozen in the middle of a copy of its disks."""
        if vm.power is Power.ON and await self.known(vm) and (await self.machines.inspect(vm.uid)).state is MachineState.PAUSED:
            await self.machines.resume(vm.uid)

    def cut_off(self, uid: str) -> None:
        """End a machine at once, beside whatever is under way; the next operation on it waits for that (``quiet``)."""
        if uid in self._cutting:
            return
        loop = asyncio.get_running_loop()
        self._cutting[uid] = loop.create_future()
        self._doomed.append(uid)
        if len(self._cutters) < CUTTERS:
            cutter = loop.create_task(self._cut_off_doomed())
            self._cutters.add(cutter)
            cutter.add_done_callback(self._cutters.discard)

    async def quiet(self, uid: str) -> None:
        """Wait until a machine that is being cut off is."""
        while uid in self._cutting:
            await asyncio.wait([self._cutting[uid]])

    async def _cut_off_doomed(self) -> None:
        """Cut off one machine after another; each lets others have their turn, for simulated ones never wait."""
        while self._doomed:
            uid = self._doomed.popleft()
            try:
                await self._cut_off(uid)
            except Exception:  # the others must end all the same
                log.exception("a machine of a dead host was not cut off", vm=uid)
            finally:
                self._cutting.pop(uid).set_result(None)
            await asyncio.sleep(0)

    async def _cut_off(self, uid: str) -> None:
        vm = self.state.maybe(Vm, uid)
        try:
            if vm is not None and await self.known(vm):
                await self.machines.kill(uid)
        except DcsimError as error:
            log.warning("machine of a dead host still runs", vm=uid, reason=error.message)

    # -- hardware ------------------------------------------------------------------------------------------------------------

    async def sync(self, vm: Vm) -> bool:
        """Bring cards, limits and data disks in line, when the hardware changed since it was last looked at; True if anything was done.

        A container's mounts are fixed when it is made: it is made again when it is off, and mounted to for this run while it is on, where
        the backend can (`Machines.set_disks`).
        """
        if self._synced.get(vm.uid) == vm.change or not await self.known(vm):
            return False
        spec, observed = self.spec(vm), await self.machines.inspect(vm.uid)
        if observed.state is MachineState.ABSENT:
            raise MachineNotFound(f"The machine of {vm.name} is gone; power the VM on to make it again.")
        await self.surroundings(spec)
        mounted = observed.labels.get(specs.DISKS_LABEL, "") == spec.labels[specs.DISKS_LABEL]
        if not mounted and observed.state not in IN_USE:
            await self._rebuild(vm, spec, observed)
            mounted = True
        else:
            await self._replug(spec, observed)
            await self._resize(spec, observed)
            if observed.state in IN_USE and not await self.machines.set_disks(vm.uid, spec.disks) and not mounted:
                log.info("disks wait for the machine's next start", vm=vm.name)
        if mounted:
            self._synced[vm.uid] = vm.change
        return True

    async def _rebuild(self, vm: Vm, spec: MachineSpec, observed: Observed) -> None:
        """Keep the machine's files and make it again with other disks; volumes of disks that are no more go."""
        ref = await self.machines.snapshot(vm.uid, f"rebuild-{vm.uid}-{vm.change}", disks=False)
        await self.machines.revert(ref, spec)
        await self.machines.delete_snapshot(ref)
        await self._remove_left(observed)

    async def _remove_left(self, observed: Observed) -> None:
        """Remove the volumes that stayed only because a machine was made with them."""
        for uid in filter(None, observed.labels.get(specs.DISKS_LABEL, "").split(",")):
            if self.state.maybe(Disk, uid) is None:
                await self.remove_volume(uid)

    async def remove_volume(self, uid: str) -> None:
        """Remove the volume of a disk that is no more; one that cannot be removed is left."""
        try:
            await self.machines.remove_volume(uid)
        except MachineError as error:
            log.warning("a volume is left behind", disk=uid, reason=error.message)
        self._ready.discard(uid)

    async def remove_snapshot(self, ref: str) -> None:
        """Remove the files of a snapshot whose machine is gone; those that cannot be removed are left."""
        try:
            await self.machines.delete_snapshot(ref)
        except MachinesUnavailable:
            raise
        except MachineError as error:
            log.warning("a snapshot's files are left behind", ref=ref, reason=error.message)

    async def _replug(self, spec: MachineSpec, observed: Observed) -> None:
        wanted = {(nic.mac, nic.network): nic for nic in spec.nics}
        present = {(nic.mac, nic.network): nic for nic in observed.nics}
        for key, plugged in present.items():
            if key not in wanted or wanted[key].ip not in {None, plugged.ip}:
                await self.machines.disconnect(spec.id, plugged.network)
        for key, card in wanted.items():
            if key not in present or card.ip not in {None, present[key].ip}:
                await self.machines.connect(spec.id, card)

    async def _resize(self, spec: MachineSpec, observed: Observed) -> None:
        if (observed.cpus, observed.memory_bytes) != (spec.cpus, spec.memory_bytes):
            await self.machines.resize(spec.id, spec.cpus, spec.memory_bytes)
