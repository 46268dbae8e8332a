"""What an empty world is filled with, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.world.inventory.generate import NETWORK_BASE, generate
from emulators.world.inventory.spec import encode_inventory

if TYPE_CHECKING:
    from dcsim.settings import World


def initial_inventory(settings: World, network_base: str = NETWORK_BASE) -> bytes:
    """What ``SeedWorld`` is given: the inventory file when one is set, else a generated one with its networks in ``network_base``.

    Raises InvalidArgument that names the line and field of the file, or the setting that cannot be.
    """
    if settings.inventory is not None:
        from emulators.world.inventory.load import load  # noqa: PLC0415 - only files need YAML

        return encode_inventory(load(settings.inventory))
    return encode_inventory(generate(settings.seed, settings.preset, hosts=settings.hosts, vms=settings.vms, network_base=network_base))
