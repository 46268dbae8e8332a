"""The engine's own REST API: the world as it is, faults to inject, the clock, checkpoints."""

from emulators.api.window import EngineApi

__all__ = ["EngineApi"]
