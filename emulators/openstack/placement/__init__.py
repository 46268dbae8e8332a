"""Placement: resource providers, inventories and allocations."""
