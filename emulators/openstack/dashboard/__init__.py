"""A small Horizon: a login page, and the overview of a project."""
