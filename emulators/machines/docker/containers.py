"""The life of a machine's container: made, started, stopped, changed, removed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping

from dcsim.errors import ImageNotFound, MachineError, MachineNotFound
from emulators.machines.docker import naming, observe
from emulators.machines.docker.client import CALL_SECONDS, EngineClient, Reply, refusal
from emulators.machines.docker.config import container_config, limits
from emulators.machines.docker.expectations import Expectations
from emulators.machines.docker.networks import Networks
from emulators.machines.docker.nics import Nics
from emulators.machines.docker.registry import Entry, Registry
from emulators.machines.images.names import TINY
from emulators.machines.images.recipe import engine_name
from emulators.machines.images.tiny import TinyImage
from emulators.machines.port import MachineEventKind, MachineSpec, MachineState, Observed
from emulators.machines.turns import Turns

NOT_MODIFIED, NOT_FOUND, CONFLICT, FAILED = 304, 404, 409, 500

Kind = MachineEventKind


class Containers:
    """Creates and drives the containers of one world."""

    def __init__(
        self, engine: EngineClient, registry: Registry, networks: Networks, nics: Nics, expectations: Expectations, tiny: TinyImage
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._networks = networks
        self._nics = nics
        self._expectations = expectations
        self._tiny = tiny
        self._turns = Turns()

    async def create(self, spec: MachineSpec, image: str | None = None) -> Observed:
        """Make the machine's container, or adopt the one that is there; ``image`` overrides the specification's (a snapshot's)."""
        self._check(spec)
        async with self._turns.of(spec.id):
            return await self._create(spec, image)

    async def _create(self, spec: MachineSpec, image: str | None) -> Observed:
        if await self._registry.known(spec.id):
            return await self.inspect(spec.id)
        name = naming.container_name(spec.world, spec.name, spec.id)
        attached = {nic.network: await self._networks.attached(nic.network) for nic in spec.nics[:1]}
        config = container_config(
            spec,
            image=image or engine_name(spec.image),
            networks={uid: network.name for uid, network in attached.items()},
            api=await self._engine.api_version(),
            inside="".join(attached[nic.network].inside(nic.ip) for nic in spec.nics[:1]),
        )
        with self._expectations.expect(spec.id, Kind.CREATED):
            reply = await self._post_create(name, config)
        if reply.status == CONFLICT:
            return await self._adopt_named(spec, name)
        container = str(reply.decode()["Id"])
        await self._plug_rest(spec, container)
        self._registry.remember(spec.id, Entry(container, derived=image is not None))
        return observe.created(spec, name)

    async def start(self, machine_id: str) -> Observed:
        """Start the container, resuming it when it is paused, and read its addresses."""
        reply = await self._post(machine_id, "start", Kind.STARTED, accept=CONFLICT)
        if reply.status == NOT_MODIFIED or await self._thawed(machine_id, reply):
            return await self.inspect(machine_id)
        info = await self.info(machine_id)
        await self._nics.settle(info)
        return observe.observed(info)

    async def stop(self, machine_id: str, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL after the grace."""
        grace = math.ceil(grace_seconds)
        entry = await self._registry.get(machine_id)
        with self._expectations.expect(machine_id, Kind.DIED) as expected:
            path, doing = f"containers/{entry.container}/stop", f"stop {machine_id}"
            reply = await self._engine.wait("POST", path, doing=doing, params={"t": str(grace)}, deadline=grace + CALL_SECONDS)
            if reply.status == NOT_MODIFIED:  # it was stopped already
                expected.cancel()

    async def kill(self, machine_id: str) -> None:
        """SIGKILL; a machine that doesn't run is fine."""
        await self._post(machine_id, "kill", Kind.RESUMED, Kind.DIED, accept=CONFLICT)

    async def pause(self, machine_id: str) -> None:
        """Freeze every process; a paused machine is fine."""
        reply = await self._post(machine_id, "pause", Kind.PAUSED, accept=CONFLICT)
        if reply.status == CONFLICT and await self.state(machine_id) != MachineState.PAUSED:
            raise MachineError(f"The machine {machine_id} does not run, so it can't be paused; start it first.")

    async def resume(self, machine_id: str) -> None:
        """Thaw; a running machine is fine."""
        reply = await self._post(machine_id, "unpause", Kind.RESUMED, accept=CONFLICT, also=FAILED)
        if reply.status >= CONFLICT and await self.state(machine_id) != MachineState.RUNNING:
            raise MachineError(f"The machine {machine_id} is not paused; start it instead.")

    async def reset(self, machine_id: str) -> Observed:
        """Restart without grace."""
        if await self.state(machine_id) not in {MachineState.RUNNING, MachineState.PAUSED}:
            raise MachineError(f"The machine {machine_id} does not run, so it can't be reset; start it instead.")
        await self._post(machine_id, "kill", Kind.RESUMED, Kind.DIED, accept=CONFLICT)
        return await self.start(machine_id)

    async def delete(self, machine_id: str) -> None:
        """Remove the container, and the image it was made from when that was only its own."""
        entry = await self._registry.find(machine_id)
        if entry is None:
            return
        kinds = (Kind.RESUMED, Kind.DIED, Kind.DELETED)
        with self._expectations.expect(machine_id, *kinds):
            path, params = f"containers/{entry.container}", {"force": "1", "v": "1"}
            await self._engine.work("DELETE", path, doing=f"delete {machine_id}", params=params, accept={NOT_FOUND})
        self._registry.forget(machine_id)
        if entry.derived:
            await self._remove_own_image(machine_id)

    async def resize(self, machine_id: str, cpus: int, memory_bytes: int) -> None:
        """Change CPU and memory limits in place."""
        entry = await self._registry.get(machine_id)
        with self._expectations.expect(machine_id, Kind.RESIZED):
            path = f"containers/{entry.container}/update"
            await self._engine.work("POST", path, doing=f"resize {machine_id}", body=limits(cpus, memory_bytes))

    async def inspect(self, machine_id: str) -> Observed:
        """The machine as the engine has it now, ``absent`` when it has none."""
        try:
            return observe.observed(await self.info(machine_id))
        except MachineNotFound:
            return Observed(id=machine_id, state=MachineState.ABSENT, world=self._registry.world, backend=observe.BACKEND)

    async def state(self, machine_id: str) -> MachineState:
        """Only the state."""
        return (await self.inspect(machine_id)).state

    async def list(self, world: str) -> list[Observed]:
        """Every machine of a world."""
        registry = self._registry if world == self._registry.world else Registry(self._engine, world)
        await self._registry.sweep()
        entries = await registry.everything()
        bodies = await asyncio.gather(*(self._body(entry) for entry in entries))
        return [observe.observed(observe.decode_container(body)) for body in bodies if body]

    async def _body(self, entry: Entry) -> bytes:
        """An inspect answer; empty when the container went away since it was listed."""
        reply = await self._engine.get(f"containers/{entry.container}/json", doing="inspect the machines", accept={NOT_FOUND})
        return b"" if reply.status == NOT_FOUND else reply.body

    async def info(self, machine_id: str) -> observe.ContainerInfo:
        """The container's inspect answer; one container replaced behind our back is found again by its label."""
        entry = await self._registry.get(machine_id)
        body = await self._body(entry)
        if not body:
            self._registry.forget(machine_id)
            body = await self._body(await self._registry.get(machine_id))
        return observe.decode_container(body)

    async def _post(self, machine_id: str, verb: str, *kinds: Kind, accept: int = NOT_FOUND, also: int = NOT_FOUND) -> Reply:
        """One state change, with the events it causes announced; a container that is gone is looked up once more by its label."""
        entry = await self._registry.get(machine_id)
        with self._expectations.expect(machine_id, *kinds) as expected:
            statuses = {NOT_FOUND, accept, also}
            reply = await self._engine.work("POST", f"containers/{entry.container}/{verb}", doing=f"{verb} {machine_id}", accept=statuses)
            if reply.status >= NOT_MODIFIED:
                expected.cancel()
        if reply.status == NOT_FOUND:
            self._registry.forget(machine_id)
            raise MachineNotFound(f"The container of {machine_id} is gone; create the machine again.")
        return reply

    async def _thawed(self, machine_id: str, reply: Reply) -> bool:
        """Whether start was refused because the machine is paused, and it goes on now. Raises MachineError for any other refusal."""
        if reply.status != CONFLICT:
            return False
        if await self.state(machine_id) != MachineState.PAUSED:
            raise refusal(reply.status, reply.body, f"start {machine_id}")
        await self.resume(machine_id)
        return True

    async def _post_create(self, name: str, config: Mapping[str, object]) -> Reply:
        """Create; the tiny guest image is made on the spot when it is missing."""
        doing = f"create {name}"
        try:
            return await self._engine.work("POST", "containers/create", doing=doing, params={"name": name}, body=config, accept={CONFLICT})
        except ImageNotFound:
            if config["Image"] != engine_name(TINY):
                raise
            await self._tiny.ensure()
            return await self._engine.work("POST", "containers/create", doing=doing, params={"name": name}, body=config, accept={CONFLICT})

    async def _adopt_named(self, spec: MachineSpec, name: str) -> Observed:
        if await self._registry.refresh(spec.id) is None:
            raise MachineError(
                f"The container name {name} is taken by a container that is not ours; remove it (`docker rm {name}`) and try again."
            )
        return await self.inspect(spec.id)

    async def _plug_rest(self, spec: MachineSpec, container: str) -> None:
        """Cards after the first: older engines take only one in the create call."""
        for nic in spec.nics[1:]:
            await self._nics.connect(spec, container, nic)

    async def _remove_own_image(self, machine_id: str) -> None:
        clone = naming.clone_ref(self._registry.world, machine_id)
        doing = f"remove the image of {machine_id}"
        await self._engine.work("DELETE", f"images/{clone}", doing=doing, accept={NOT_FOUND, CONFLICT})
        filters = naming.label_filter(f"{naming.VM}={machine_id}", dangling=["true"])
        await self._engine.work("POST", "images/prune", doing=doing, params=filters)

    def _check(self, spec: MachineSpec) -> None:
        if spec.world != self._registry.world:
            raise MachineError(
                f"The machine {spec.id} belongs to world {spec.world}, not to {self._registry.world}; open that world's machines."
            )
