"""Taking guest images of earlier recipes away from an engine."""

from __future__ import annotations

from typing import Final

from emulators.machines.docker.client import EngineClient
from emulators.machines.docker.naming import label_filter
from emulators.machines.images.names import KIND_LABEL
from emulators.machines.images.recipe import engine_name

NOT_FOUND: Final = 404
CONFLICT: Final = 409


async def remove_outdated(engine: EngineClient, image: str) -> None:
    """Remove what our label and the image's repository say is an older one; what a container uses stays. Raises MachineError.

    Snapshots of machines have the label too, and names of their own.
    """
    repository, current = image.rpartition(":")[0], engine_name(image)
    rows = (await engine.get("images/json", doing="list the images", params=label_filter(KIND_LABEL))).decode()
    for name in [name for row in rows for name in row["RepoTags"] or ()]:
        if name.rpartition(":")[0] == repository and name != current:
            await engine.work("DELETE", f"images/{name}", doing=f"remove the image {name}", accept={NOT_FOUND, CONFLICT})
