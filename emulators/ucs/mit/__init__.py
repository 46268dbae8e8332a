"""The management information tree of a domain: every object by DN, by class and by parent, kept as bytes until it changes."""
