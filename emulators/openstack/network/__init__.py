"""Neutron: the networking API v2.0."""
