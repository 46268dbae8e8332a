"""Short-lived containers of the tiny guest image that do what the Engine API can't: copy volumes, set a MAC."""

from __future__ import annotations

from dcsim.errors import MachineError
from emulators.machines.docker import naming
from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.frames import text_of
from emulators.machines.images.names import TINY
from emulators.machines.images.recipe import engine_name
from emulators.machines.images.tiny import TinyImage

HELPER_SECONDS = 600.0
NOT_FOUND = 404


class Errands:
    """Runs shell lines in helper containers."""

    def __init__(self, engine: EngineClient, tiny: TinyImage, world: str) -> None:
        self._engine = engine
        self._tiny = tiny
        self._world = world

    async def run(
        self,
        script: str,
        *,
        doing: str,
        binds: list[str] | None = None,
        network_of: str | None = None,
        capabilities: tuple[str, ...] = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"),
    ) -> None:
        """Run a script as root with few capabilities; ``network_of`` is a container that lends its network. Raises MachineError."""
        await self._tiny.ensure()
        body = {
            "Image": engine_name(TINY),
            "Entrypoint": ["/bin/sh", "-c", script],
            "Cmd": [],
            "Labels": {naming.WORLD: self._world, naming.HELPER: doing},
            "HostConfig": {
                "NetworkMode": f"container:{network_of}" if network_of else "none",
                "Binds": binds or [],
                "CapDrop": ["ALL"],
                "CapAdd": list(capabilities),
                "SecurityOpt": ["no-new-privileges"],
            },
        }
        container = (await self._engine.work("POST", "containers/create", doing=doing, body=body)).decode()["Id"]
        try:
            await self._finish(container, doing)
        finally:
            params = {"force": "1", "v": "1"}
            await self._engine.work("DELETE", f"containers/{container}", doing=doing, params=params, accept={NOT_FOUND})

    async def _finish(self, container: str, doing: str) -> None:
        await self._engine.work("POST", f"containers/{container}/start", doing=doing)
        answer = (await self._engine.wait("POST", f"containers/{container}/wait", doing=doing, deadline=HELPER_SECONDS)).decode()
        if answer["StatusCode"]:
            params = {"stdout": "1", "stderr": "1", "tail": "5"}
            output = await self._engine.get(f"containers/{container}/logs", doing=doing, params=params)
            raise MachineError(f"The Docker engine could not {doing}: {text_of(output.body).strip() or 'the helper failed'}.")
