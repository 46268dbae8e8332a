"""The inventory: a datacenter as a YAML document, generated from a seed, read and written, and made into entities."""

from emulators.world.inventory.initial import initial_inventory

__all__ = ["initial_inventory"]
