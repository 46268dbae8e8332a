"""Trials: something fails on a fork of the world, the laws take their course, and what works then is looked at."""

from emulators.world.trial.observing import WATCHED, Health
from emulators.world.trial.running import Trial, try_failures

__all__ = ["WATCHED", "Health", "Trial", "try_failures"]
