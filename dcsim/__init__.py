"""dc-sim."""
