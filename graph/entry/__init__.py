"""The door: what stands between the network and everything behind the gateway."""
