"""The API's specifications → the world's commands.

Each module reads one kind of data object (``ConfigSpec``, ``RelocateSpec`` ...) against the world as it is, and answers what the world's
commands take.  What the API refuses by itself is raised here as the vendor's fault; what the world refuses comes later, by the table in
``emulators.vsphere.faults``.
"""
