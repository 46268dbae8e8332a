"""The schema of accounts, one file for each step."""
