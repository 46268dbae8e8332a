"""Nova: the compute API 2.1."""
