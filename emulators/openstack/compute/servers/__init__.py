"""Nova's servers: one module a group of operations; `records` is what is kept of them, `states` which action is allowed when."""
