"""Where records are kept: SQL tables made from the declared ones, the audit and the numbers beside them."""
