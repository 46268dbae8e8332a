"""The SOAP codec of the vSphere emulator: bytes ↔ typed pyVmomi values, driven by pyVmomi's own metadata.

``decode`` reads requests, ``encode`` and ``envelope`` write responses, ``faults`` carries what goes wrong, ``dispatch`` finds the function
that answers.  Nothing here knows the simulated world.
"""
