"""The schema of the contract's tests."""
