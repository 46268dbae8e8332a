"""What the world looks like in UCS Manager: declarations of anchors and projections (``emulators.ucs.mit.declare``)."""
