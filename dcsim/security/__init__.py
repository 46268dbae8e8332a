"""Secrets, passwords, tokens and certificates."""
