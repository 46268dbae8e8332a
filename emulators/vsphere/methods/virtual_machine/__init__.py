"""Methods of VirtualMachine, by what they change."""

from emulators.vsphere.methods.virtual_machine import copies, hardware, moving, power, removal, snapshots

__all__ = ["copies", "hardware", "moving", "power", "removal", "snapshots"]
