"""Swift: the object storage API v1."""
