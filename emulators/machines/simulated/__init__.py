"""Machines that exist only in memory: for scale, and where no Docker engine answers; see ``backend.SimulatedMachines``."""
