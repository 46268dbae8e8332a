"""Cinder: the block storage API v3."""
