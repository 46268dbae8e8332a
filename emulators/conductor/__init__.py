"""The conductor keeps machines and the world in step.

The world decides and journals what should be; the conductor makes the machine backend do it (``effects``), finishes the tasks that
wait for that (``runner``), believes what the backend reports (``observer``), and fires timers (``timekeeper``).  It changes the world
only by commands, like everybody else.
"""

from emulators.conductor.conductor import Conductor

__all__ = ["Conductor"]
