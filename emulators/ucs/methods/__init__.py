"""The methods of the XML API: one small function each, registered by ``@method``."""
