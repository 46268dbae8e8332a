"""The configuration management database: what exists, how it hangs together, and what breaks if this breaks."""
