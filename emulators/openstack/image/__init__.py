"""Glance: the image API v2."""
