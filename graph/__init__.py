"""The gateway: one door, one graph, live."""
