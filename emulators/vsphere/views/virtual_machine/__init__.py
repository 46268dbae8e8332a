"""Properties of VirtualMachine, and the pieces that snapshots share with it; one module for each large property."""
