"""Who may come in: accounts, logins, tokens, roles, and the record of what they did."""
