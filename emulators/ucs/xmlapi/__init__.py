"""The XML API's documents: reading requests strictly, writing answers as bytes."""
