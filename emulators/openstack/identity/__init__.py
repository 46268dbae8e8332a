"""Keystone: the identity API v3."""
