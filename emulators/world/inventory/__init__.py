"""The inventory: a datacenter as a YAML document, generated from a seed, read and written, and made into entities."""
