"""Cisco UCS Manager over the world: one XML API endpoint for each UCS domain."""
