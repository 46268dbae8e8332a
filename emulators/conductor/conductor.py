"""The conductor as one thing to start and stop."""

from __future__ import annotations

from emulators.conductor.hands import Hands
from emulators.conductor.observer import Observer
from emulators.conductor.runner import Runner
from emulators.conductor.timekeeper import Timekeeper
from emulators.machines.port import Machines
from emulators.world.engine import Committed, World


class Conductor:
    """Keeps one world and one backend in step; ``observer`` and ``timekeeper`` are workers for the service to run."""

    def __init__(self, world: World, machines: Machines) -> None:
        self.hands = Hands(world, machines)
        self.runner = Runner(self.hands)
        self.observer = Observer(self.hands)
        self.timekeeper = Timekeeper(world)
        self._unwatch = world.watch(self._on_commit)

    def start(self) -> None:
        """Take up what was under way when the world was last closed."""
        self.runner.resume()

    def _on_commit(self, committed: Committed) -> None:
        self.observer.on_commit(committed)  # first: what falls with a host is cut off before it is started elsewhere
        self.runner.on_commit(committed)
        self.timekeeper.on_commit(committed)

    async def stop(self) -> None:
        """Stop acting: what is under way is taken up again at the next start."""
        self._unwatch()
        await self.runner.stop()
        await self.observer.stop()

    async def close(self) -> None:
        """Let go of the backend; machines stay as they are."""
        await self.hands.machines.close()
