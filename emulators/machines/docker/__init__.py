"""Machines as Docker containers, over the Engine API; the port's implementation is ``backend.DockerMachines``."""
